//! A file whose encoding is known.

use std::borrow::Cow;

use super::{AudienceError, AudienceReader, AudienceSpec, FileEncoding, encoding};

/// The text of a file, which its readers borrow.
pub struct AudienceFile<'a> {
    encoding: FileEncoding,
    text: Cow<'a, [u8]>,
}

impl<'a> AudienceFile<'a> {
    /// Finds out how a file was written.
    ///
    /// # Errors
    /// When it is not text.
    pub fn open(bytes: &'a [u8]) -> Result<Self, AudienceError> {
        let (encoding, text) = encoding::detect(bytes)?;
        Ok(Self { encoding, text })
    }

    /// Finds out delimiter and columns, and gives the rows one by one.
    ///
    /// # Errors
    /// What keeps the file as a whole from being read. Wrong rows are no errors.
    pub fn read(&self, spec: &AudienceSpec) -> Result<AudienceReader<'_>, AudienceError> {
        AudienceReader::open(&self.text, self.encoding, spec)
    }

    /// How the file was written.
    pub const fn encoding(&self) -> FileEncoding {
        self.encoding
    }
}
