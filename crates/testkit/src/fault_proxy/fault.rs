//! The faults that the proxy can inject into a connection.

/// A fault of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyFault {
    /// Reset as soon as it is established.
    Reset,
    /// The handshake is answered with bytes that are not TLS.
    Garbage,
    /// The certificate is signed by an authority that the client does not trust.
    Untrusted,
    /// The handshake is not answered at all.
    Mute,
    /// Half of the request is forwarded, and the connection is reset.
    HalfRequest,
    /// The request is not forwarded and not answered.
    HeldRequest,
    /// The request is forwarded, and the connection is reset instead of an answer.
    NoAnswer,
    /// Half of the answer is forwarded, and the connection is reset.
    HalfAnswer,
    /// The request is forwarded, and the client gets no answer.
    HeldAnswer,
}

impl ProxyFault {
    /// All faults.
    pub const ALL: [Self; 9] = [
        Self::Reset,
        Self::Garbage,
        Self::Untrusted,
        Self::Mute,
        Self::HalfRequest,
        Self::HeldRequest,
        Self::NoAnswer,
        Self::HalfAnswer,
        Self::HeldAnswer,
    ];

    /// Whether the client can be certain that no byte of its request was sent.
    #[must_use]
    pub const fn is_before_request(self) -> bool {
        matches!(
            self,
            Self::Reset | Self::Garbage | Self::Untrusted | Self::Mute
        )
    }
}
