//! One id that follows a piece of work through HTTP, the broker and the logs (W3C Trace Context, `traceparent`).

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The 16-byte trace id of W3C Trace Context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

impl TraceId {
    /// A new random trace id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().as_u128())
    }

    /// The trace id of a `traceparent` header, or `None` when the header is not one.
    #[must_use]
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (version, trace) = (parts.next()?, parts.next()?);
        let known = version.len() == 2 && version != "ff" && parts.next()?.len() == 16;
        if known { trace.parse().ok() } else { None }
    }

    /// The `traceparent` header for outgoing requests.
    #[must_use]
    pub fn traceparent(self) -> String {
        let span = Uuid::new_v4().as_u64_pair().0;
        format!("00-{:032x}-{span:016x}-01", self.0)
    }

    /// The id as 16 bytes, as stored in a job.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The id that a job carries; `None` when the bytes are not one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let id = u128::from_be_bytes(bytes.try_into().ok()?);
        (id != 0).then_some(Self(id))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Text that is not a trace id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a trace id of 32 hexadecimal digits")]
pub struct TraceIdError;

impl FromStr for TraceId {
    type Err = TraceIdError;

    fn from_str(text: &str) -> Result<Self, TraceIdError> {
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let id = if digits {
            u128::from_str_radix(text, 16).unwrap_or(0)
        } else {
            0
        };
        if id == 0 {
            Err(TraceIdError)
        } else {
            Ok(Self(id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_handed_on_with_its_id() {
        let id = TraceId::random();
        assert_eq!(TraceId::from_traceparent(&id.traceparent()), Some(id));
        assert_eq!(TraceId::from_bytes(&id.to_bytes()), Some(id));
    }

    #[test]
    fn nonsense_is_not_a_traceparent() {
        for header in [
            "",
            "00",
            "00-1-2-3",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceId::from_traceparent(header), None);
        }
        assert_eq!(
            TraceId::from_traceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01"),
            None
        );
    }
}
