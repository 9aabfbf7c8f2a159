//! The result of one row of a file.
//!
//! Debug output contains no name and no number: rows get into logs and test reports.

use std::fmt;

use common::campaign::{RowNote, SkipReason};
use common::phone::E164;

/// One row of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceRow {
    /// The row number as a spreadsheet shows it: the header is 1, blank rows count.
    pub row_number: u32,
    /// Whether the customer gets a message.
    pub outcome: RowOutcome,
}

/// Whether a customer gets a message.
#[derive(Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// Planned, according to the file.
    Planned {
        /// The recipient's number.
        phone: E164,
        /// The values of the template's variables, in the template's order.
        variables: Vec<String>,
        /// Warnings for the shop owner about this row.
        notes: Vec<RowNote>,
    },
    /// Skipped.
    Skipped {
        /// The reason.
        reason: SkipReason,
    },
}

impl fmt::Debug for RowOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned {
                phone,
                variables,
                notes,
            } => formatter
                .debug_struct("Planned")
                .field("phone", phone)
                .field("variables", &format_args!("<{} values>", variables.len()))
                .field("notes", notes)
                .finish(),
            Self::Skipped { reason } => formatter
                .debug_struct("Skipped")
                .field("reason", reason)
                .finish(),
        }
    }
}
