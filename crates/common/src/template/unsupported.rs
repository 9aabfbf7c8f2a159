//! Why a template cannot be used for messages.

use std::fmt;

/// A template that cannot be filled in from variables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template's {part} {reason}")]
pub struct Unsupported {
    /// The part, in Meta's terms, such as `HEADER LOCATION`.
    pub part: String,
    /// What is wrong with it.
    pub reason: UnsupportedReason,
}

/// What is wrong with a part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedReason {
    /// It needs a product, a flow, a location or another value that is neither text nor a file.
    Kind,
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
    pub(super) fn part(part: impl Into<String>) -> Self {
        Self::because(part, UnsupportedReason::Kind)
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
