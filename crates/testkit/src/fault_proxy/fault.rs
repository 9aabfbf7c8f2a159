//! What the proxy can do to a connection.

/// What happens to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyFault {
    /// Reset as soon as it stands.
    Reset,
    /// The handshake is answered with bytes that are none of TLS.
    Garbage,
    /// The certificate is nobody's whom the client trusts.
    Untrusted,
    /// The handshake is not answered at all.
    Mute,
    /// The request is passed on in half, and the connection is reset.
    HalfRequest,
    /// The request is not passed on, and nothing is heard of it.
    HeldRequest,
    /// The request is answered, and the connection is reset instead.
    NoAnswer,
    /// Half of the answer is passed on, and the connection is reset.
    HalfAnswer,
    /// The request is answered, and the client hears nothing of it.
    HeldAnswer,
}

impl ProxyFault {
    /// All of them.
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

    /// Whether the client knows that no byte of its request has left.
    #[must_use]
    pub const fn is_before_request(self) -> bool {
        matches!(
            self,
            Self::Reset | Self::Garbage | Self::Untrusted | Self::Mute
        )
    }
}
