//! What is wrong with the variables of a message.

use crate::campaign::SkipReason;

/// What is wrong with the variables of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// A variable of the template was not given, or is empty.
    #[error("the template asks for the variable `{name}`, which is missing or empty")]
    Missing {
        /// The variable's name.
        name: String,
    },
    /// A variable was given that the template does not have.
    #[error("the template has no variable `{name}`")]
    Unexpected {
        /// The variable's name.
        name: String,
    },
    /// The variable should be the id of a file.
    #[error("the variable `{name}` should be the id of a file, as POST /v1/media gives it")]
    NoMediaId {
        /// The variable's name.
        name: String,
    },
    /// The variable should be a number of degrees.
    #[error("the variable `{name}` should be degrees from -{limit} to {limit}, such as 12.3714")]
    NotDegrees {
        /// The variable's name.
        name: String,
        /// The greatest number of degrees.
        limit: u8,
    },
    /// The variable should be a time.
    #[error(
        "the variable `{name}` should be a time with its offset, such as 2026-12-31T18:00:00Z (RFC 3339)"
    )]
    NotTime {
        /// The variable's name.
        name: String,
    },
    /// The time has passed.
    #[error("the variable `{name}` is a time that has passed: an offer should end in the future")]
    Past {
        /// The variable's name.
        name: String,
    },
    /// The variable should be an object of JSON.
    #[error("the variable `{name}` should be a JSON object as text, such as {{\"order\": \"A7\"}}")]
    NotJsonObject {
        /// The variable's name.
        name: String,
    },
    /// Meta refuses line breaks, tabs and more than four spaces in a row inside a variable.
    #[error("the variable `{name}` contains a line break, a tab or more than four spaces in a row")]
    Layout {
        /// The variable's name.
        name: String,
    },
    /// The filled-in text is over Meta's limit.
    #[error(
        "with the variable `{name}` filled in, the text is over Meta's limit of {limit} characters"
    )]
    TooLong {
        /// The variable's name.
        name: String,
        /// Meta's limit, in characters.
        limit: usize,
    },
}

impl ComposeError {
    /// The invalid variable.
    #[must_use]
    pub fn variable(&self) -> &str {
        match self {
            Self::Missing { name }
            | Self::Unexpected { name }
            | Self::NoMediaId { name }
            | Self::NotDegrees { name, .. }
            | Self::NotTime { name }
            | Self::Past { name }
            | Self::NotJsonObject { name }
            | Self::Layout { name }
            | Self::TooLong { name, .. } => name,
        }
    }
}

/// Why the row of an audience with these variables is skipped.
impl From<&ComposeError> for SkipReason {
    fn from(error: &ComposeError) -> Self {
        match error {
            ComposeError::Missing { .. } => Self::MissingVariable,
            ComposeError::Unexpected { .. }
            | ComposeError::NoMediaId { .. }
            | ComposeError::NotDegrees { .. }
            | ComposeError::NotTime { .. }
            | ComposeError::Past { .. }
            | ComposeError::NotJsonObject { .. }
            | ComposeError::Layout { .. }
            | ComposeError::TooLong { .. } => Self::VariableInvalid,
        }
    }
}
