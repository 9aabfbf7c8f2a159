//! Reads the audience file of a campaign: from bytes to rows, and the reasons why rows are skipped.
//!
//! Pure and streaming: a row is not kept after it was returned, so memory stays at the file plus a constant (twice the
//! file for UTF-16, which is converted to UTF-8). An invalid row does not affect others. Whether a number occurs twice,
//! or has opted out earlier, is not known here: the caller asks the database by keyed hash.
//!
//! The checks are in order of importance to the person: a refusal of messages comes before an invalid number, and an
//! invalid number before a missing variable.

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

/// The greatest number of rows in a file.
pub const MAX_ROWS: u32 = 2_000_000;

/// The longest phone cell, in bytes: a longer one is no phone number.
const MAX_PHONE_BYTES: usize = 1_000;

/// How to read a file.
#[derive(Debug, Clone, Default)]
pub struct AudienceSpec {
    /// The region of numbers without a country code.
    pub region: Region,
    /// The column with the phone numbers; recognised by its name if not given.
    pub phone_column: Option<String>,
    /// The column with the consent to messages; optional, and recognised by its name if not given.
    pub consent_column: Option<String>,
    /// The columns of the template's variables, in the template's order.
    pub variables: Vec<VariableMapping>,
}

/// The column for a variable of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableMapping {
    /// The variable in the template: an index (`1`) or a name (`prenom`).
    pub variable: String,
    /// The column's name in the header, compared without accents, case and punctuation.
    pub column: String,
}
