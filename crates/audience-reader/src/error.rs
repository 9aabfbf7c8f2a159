//! Errors of a whole file.

use thiserror::Error;

use crate::NotText;

/// How many columns are named, and how many characters of each: a file that is only a header may have millions.
const MOST_COLUMNS: usize = 100;
const MOST_CHARS: usize = 60;

/// Why no row of a file can be read.
///
/// Column names are repeated to say what is available. A first row that looks like a customer's is
/// [`AudienceError::NoHeader`] and is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AudienceError {
    /// Empty, or only blank lines.
    #[error("the file is empty")]
    Empty,
    /// Not text with a delimiter.
    #[error("the file is not a CSV file: {0}")]
    Undecodable(#[from] NotText),
    /// The first row holds data of a customer, or a quote that is never closed, instead of column names.
    #[error("the first row of the file is not a header with the names of the columns")]
    NoHeader,
    /// More rows than a file may have.
    #[error("the file has more than {limit} rows; split it into several campaigns")]
    TooManyRows {
        /// The limit, including the header.
        limit: u32,
    },
    /// No column has a name for phone numbers.
    #[error(
        "no column has a name for phone numbers; the columns are: {}",
        listed(columns)
    )]
    PhoneColumnNotFound {
        /// The names in the header, in the file's order.
        columns: Vec<String>,
    },
    /// A column that the caller named is not in the file.
    #[error(
        "the file has no column {column:?}; the columns are: {}",
        listed(columns)
    )]
    ColumnMissing {
        /// The name that the caller gave.
        column: String,
        /// The names in the header, in the file's order.
        columns: Vec<String>,
    },
}

/// The names of the columns, as far as the limit.
fn listed(columns: &[String]) -> String {
    let shown = |name: &String| name.chars().take(MOST_CHARS).collect();
    let mut names: Vec<String> = columns.iter().take(MOST_COLUMNS).map(shown).collect();
    let more = columns.len().saturating_sub(MOST_COLUMNS);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_header_is_not_repeated_whole() {
        let columns = vec!["x".repeat(5_000); 1_000];
        let text = AudienceError::PhoneColumnNotFound { columns }.to_string();
        assert!(text.len() < 7_000, "{}", text.len());
        assert!(text.ends_with("and 900 more"), "{text}");
    }
}
