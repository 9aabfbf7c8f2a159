//! Reads the file of a campaign's audience: bytes in; rows, and the reasons why rows are left out, out.
//!
//! Pure and streaming: nothing is kept of a row once it is handed on, so memory stays at the file plus a
//! constant (twice the file for UTF-16, which is read as UTF-8). A wrong row costs itself and never the rest. Whether a number occurs twice, or opted out
//! earlier, is not known here: the caller asks the database by keyed hash.
//!
//! The order of the checks is the order of what matters to the person: a refusal of messages comes
//! before a wrong number, and a wrong number before a missing variable.

mod code_page;
mod column;
mod consent;
mod delimiter;
mod encoding;
mod error;
mod file;
mod heading;
mod mojibake;
mod placeholder;
mod plausibility;
mod reader;
mod record_boundary;
mod records;
mod row;
mod variable;

use common::phone::Region;

pub use code_page::CodePage;
pub use encoding::{FileEncoding, NotText};
pub use error::AudienceError;
pub use file::AudienceFile;
pub use reader::AudienceReader;
pub use row::{AudienceRow, RowOutcome};

#[cfg(test)]
mod letters;
#[cfg(test)]
mod sample_file;
#[cfg(test)]
mod tests;

/// The most rows of a file.
pub const MAX_ROWS: u32 = 2_000_000;

/// The longest phone cell, in bytes: what is longer holds no client's number.
const MAX_PHONE_BYTES: usize = 1_000;

/// How to read a file.
#[derive(Debug, Clone, Default)]
pub struct AudienceSpec {
    /// Where a number without a country code belongs.
    pub region: Region,
    /// The column of the phone numbers; recognised by its name if not given.
    pub phone_column: Option<String>,
    /// The column that says who wants messages; recognised by its name if not given, and not required.
    pub consent_column: Option<String>,
    /// Where the template's variables come from, in the template's order.
    pub variables: Vec<VariableMapping>,
}

/// Which column fills a variable of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableMapping {
    /// The variable as the template has it: a place (`1`) or a name (`prenom`).
    pub variable: String,
    /// The column's name in the header, compared without accents, case and punctuation.
    pub column: String,
}
