//! A file whose encoding was detected.

use std::borrow::Cow;

use crate::{AudienceError, AudienceReader, AudienceSpec, FileEncoding, encoding};

/// The text of a file, which its readers borrow.
pub struct AudienceFile<'a> {
    encoding: FileEncoding,
    text: Cow<'a, [u8]>,
}

impl<'a> AudienceFile<'a> {
    /// Detects the encoding of a file.
    ///
    /// # Errors
    /// When it is not text.
    pub fn open(bytes: &'a [u8]) -> Result<Self, AudienceError> {
        let (encoding, text) = encoding::detect(bytes)?;
        Ok(Self { encoding, text })
    }

    /// Detects delimiter and columns, and returns an iterator over the rows.
    ///
    /// # Errors
    /// When the whole file cannot be read. Invalid rows are not errors.
    pub fn read(&self, spec: &AudienceSpec) -> Result<AudienceReader<'_>, AudienceError> {
        AudienceReader::open(&self.text, self.encoding, spec)
    }

    /// The encoding of the file.
    pub const fn encoding(&self) -> FileEncoding {
        self.encoding
    }
}
