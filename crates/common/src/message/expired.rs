//! Why a message expired before its time.

use crate::serialize::serialize_as;

/// The reason for which a message expired although its own time had not passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExpiredReason {
    /// The content of its one-time code was no longer stored.
    CodeLost,
    /// The retry limit was reached.
    Exhausted,
    /// The customer service window closed before it was sent.
    WindowClosed,
}

serialize_as!(ExpiredReason, as_str);

impl ExpiredReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::CodeLost, Self::Exhausted, Self::WindowClosed];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::CodeLost => 1,
            Self::Exhausted => 2,
            Self::WindowClosed => 3,
        }
    }

    /// The reason of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The stable value in metrics, events and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CodeLost => "code_lost",
            Self::Exhausted => "exhausted",
            Self::WindowClosed => "window_closed",
        }
    }

    /// Its meaning, for a person who asks why the message was not sent.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::CodeLost => {
                "The one-time code was no longer stored when the message could be sent; request a new code."
            }
            Self::Exhausted => {
                "The retry limit was reached and the message was not sent; send it again as a new message."
            }
            Self::WindowClosed => {
                "24 hours passed since the client last wrote to this number; send a template instead."
            }
        }
    }
}
