//! What keeps a whole file from being read.

use thiserror::Error;

use super::NotText;

/// Why no row of a file can be read.
///
/// Column names are repeated to say what would have worked; a first row that looks like a client's is
/// [`AudienceError::NoHeader`] and is not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AudienceError {
    /// Nothing, or nothing but blank lines.
    #[error("the file is empty")]
    Empty,
    /// Not text with a delimiter.
    #[error("the file is not a CSV file: {0}")]
    Undecodable(#[from] NotText),
    /// The first row holds a client, or a quote that is never closed, instead of column names.
    #[error("the first row of the file does not hold the names of the columns")]
    NoHeader,
    /// No column name says that phone numbers stand below it.
    #[error("no column is named like one of phone numbers; the columns are: {}", columns.join(", "))]
    PhoneColumnNotFound {
        /// The names in the header, in the file's order.
        columns: Vec<String>,
    },
    /// A column that the caller named is not in the file.
    #[error("the file has no column {column:?}; the columns are: {}", columns.join(", "))]
    ColumnMissing {
        /// The name that was asked for.
        column: String,
        /// The names in the header, in the file's order.
        columns: Vec<String>,
    },
}
