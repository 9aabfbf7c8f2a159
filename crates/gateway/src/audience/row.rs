//! What becomes of one row of a file.
//!
//! Debug output shows no name and no number: rows get into logs and test reports.

use std::fmt;

use common::campaign::SkipReason;
use common::phone::E164;

/// One row of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceRow {
    /// The row's number as a spreadsheet shows it: the header is 1, blank rows count.
    pub row_number: u32,
    /// Whether the client gets a message.
    pub outcome: RowOutcome,
}

/// Whether a client gets a message.
#[derive(Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// As far as the file can tell.
    Planned {
        /// The number to write to.
        phone: E164,
        /// The values of the template's variables, in the template's order.
        variables: Vec<String>,
        /// What the shop owner should know about this row all the same.
        note: Option<RowNote>,
    },
    /// Left out.
    Skipped {
        /// Why.
        reason: SkipReason,
    },
}

/// Something that was passed over in a row that is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowNote {
    /// The phone cell held more than one number; the first mobile was taken.
    SecondNumberIgnored,
}

impl RowNote {
    /// The note's word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecondNumberIgnored => "second_number_ignored",
        }
    }

    /// One sentence for a shop owner.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::SecondNumberIgnored => {
                "There are two phone numbers in this row; the message goes to the first mobile number."
            }
        }
    }
}

impl fmt::Debug for RowOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned {
                phone,
                variables,
                note,
            } => formatter
                .debug_struct("Planned")
                .field("phone", phone)
                .field("variables", &format_args!("<{} values>", variables.len()))
                .field("note", note)
                .finish(),
            Self::Skipped { reason } => formatter
                .debug_struct("Skipped")
                .field("reason", reason)
                .finish(),
        }
    }
}
