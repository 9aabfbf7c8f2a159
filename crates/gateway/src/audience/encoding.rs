//! Bytes to text. Delimiters, quotes and line ends are the same bytes in both encodings, so a file is cut
//! into fields first and only the fields in use are decoded: no second copy of the file.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use thiserror::Error;

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
const UTF16_LITTLE_ENDIAN_BOM: &[u8] = b"\xFF\xFE";
const UTF16_BIG_ENDIAN_BOM: &[u8] = b"\xFE\xFF";
/// Every XLSX and ODS file is a ZIP archive.
const ZIP_START: &[u8] = b"PK\x03\x04";
/// The compound file of XLS.
const COMPOUND_FILE_START: &[u8] = b"\xD0\xCF\x11\xE0";
/// How far into the file a zero byte is looked for, which no text has.
const PROBED_BYTES: usize = 8 * 1024;

/// How the text of a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileEncoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Windows-1252, what a French Excel saves as CSV. Single fields that are UTF-8 are read as such:
    /// files are put together from several sources.
    Windows1252,
}

/// Why a file is not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotText {
    /// XLSX, XLS or ODS.
    #[error("it is a spreadsheet workbook; save it as CSV")]
    Workbook,
    /// Excel's "Unicode text".
    #[error("it is UTF-16; save it as CSV UTF-8")]
    Utf16,
    /// Anything else with zero bytes.
    #[error("it holds binary data")]
    Binary,
}

/// Tells the encoding of a file, and gives its bytes without a byte order mark.
pub(super) fn detect(bytes: &[u8]) -> Result<(FileEncoding, &[u8]), NotText> {
    if bytes.starts_with(ZIP_START) || bytes.starts_with(COMPOUND_FILE_START) {
        return Err(NotText::Workbook);
    }
    if bytes.starts_with(UTF16_LITTLE_ENDIAN_BOM) || bytes.starts_with(UTF16_BIG_ENDIAN_BOM) {
        return Err(NotText::Utf16);
    }
    if bytes.iter().take(PROBED_BYTES).any(|byte| *byte == 0) {
        return Err(NotText::Binary);
    }
    let text = bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes);
    let encoding = match std::str::from_utf8(text) {
        Ok(_) => FileEncoding::Utf8,
        Err(_) => FileEncoding::Windows1252,
    };
    Ok((encoding, text))
}

/// The text of one field. Never fails: every byte means something in Windows-1252.
pub(super) fn decode(field: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(field) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(field).0,
    }
}
