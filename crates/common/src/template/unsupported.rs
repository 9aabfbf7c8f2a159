//! Why a template cannot be used for messages.

use std::fmt;

/// A template that cannot be filled in from variables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template's {part} {reason}")]
pub struct Unsupported {
    /// The part, in Meta's terms, such as `MPM button`; of a carousel with its card, such as `card 0 HEADER PRODUCT`.
    pub part: String,
    /// What is wrong with it.
    pub reason: UnsupportedReason,
}

/// What is wrong with a part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedReason {
    /// It needs a value of a kind that is not known.
    Kind,
    /// It shows products that each message chooses, in a form that Meta's reference does not give.
    Products,
    /// Meta's reference does not say what a message gives for it.
    Undocumented,
    /// Its variables are not numbered from 1 without a gap.
    Numbering,
    /// Its variables have invalid names.
    Naming,
    /// Its link has several variables, and Meta fills in one.
    Link,
    /// It has several variables, and the button does not say which of them is the one-time code.
    Code,
}

impl Unsupported {
    /// A part that a message cannot fill in, whatever its variables are.
    pub(super) fn part(part: impl Into<String>) -> Self {
        let part = part.into();
        let reason = match part.as_str() {
            "HEADER PRODUCT" | "MPM button" | "SPM button" => UnsupportedReason::Products,
            "CALL_PERMISSION_REQUEST" | "ORDER_DETAILS button" | "REQUEST_CONTACT_INFO button" => {
                UnsupportedReason::Undocumented
            }
            _ => UnsupportedReason::Kind,
        };
        Self { part, reason }
    }

    /// The same of a card of a carousel, counted from 0 as in the names of its variables.
    pub(super) fn of_card(self, index: usize) -> Self {
        Self {
            part: format!("card {index} {}", self.part),
            ..self
        }
    }

    pub(super) fn because(part: impl Into<String>, reason: UnsupportedReason) -> Self {
        Self {
            part: part.into(),
            reason,
        }
    }
}

impl fmt::Display for UnsupportedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "cannot be filled in from variables",
            Self::Products => {
                "shows products that are chosen for each message; sending them is not supported yet"
            }
            Self::Undocumented => {
                "cannot be sent, because Meta's reference does not say what a message gives for it"
            }
            Self::Numbering => {
                "has variables that are not numbered {{1}}, {{2}} and so on without a gap: create the template again with \
                 such numbers"
            }
            Self::Naming => {
                "has a variable whose name is not made of letters, digits and underscores: create the template again \
                 with such names"
            }
            Self::Link => "has several variables in its link, of which WhatsApp fills in one",
            Self::Code => "has several variables, of which none is known to be the one-time code that the button repeats",
        })
    }
}
