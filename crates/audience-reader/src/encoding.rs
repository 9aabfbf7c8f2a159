//! Decodes bytes to text. Delimiters, quotes and line ends are the same bytes in all encodings except UTF-16, so a file
//! is split into fields first and only the used fields are decoded: there is no second copy of the file unless it is
//! UTF-16.

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE};
use thiserror::Error;

use crate::code_page::{CodePage, Letters};
use crate::{mojibake, plausibility};

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
const UTF16_LITTLE_ENDIAN_BOM: &[u8] = b"\xFF\xFE";
const UTF16_BIG_ENDIAN_BOM: &[u8] = b"\xFE\xFF";
/// Every XLSX and ODS file is a ZIP archive.
const ZIP_START: &[u8] = b"PK\x03\x04";
/// The compound file of XLS.
const COMPOUND_FILE_START: &[u8] = b"\xD0\xCF\x11\xE0";
/// How far into the file UTF-16 without a byte order mark is detected.
const PROBED_BYTES: usize = 8 * 1024;

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileEncoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, with or without a byte order mark: "Unicode text" in Excel.
    Utf16,
    /// A single-byte encoding. Single fields that are valid UTF-8 are decoded as UTF-8, because files are merged from
    /// several sources.
    CodePage(CodePage),
}

impl FileEncoding {
    /// The usual name of the encoding.
    pub fn name(self) -> String {
        match self {
            Self::Utf8 => "utf-8".to_owned(),
            Self::Utf16 => "utf-16".to_owned(),
            Self::CodePage(page) => page.name(),
        }
    }
}

/// Why a file is not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotText {
    /// XLSX, XLS or ODS.
    #[error("it is a spreadsheet workbook; save it as CSV")]
    Workbook,
    /// Anything else with zero bytes.
    #[error("it contains binary data")]
    Binary,
}

/// Detects the encoding of a file, and returns its bytes without a byte order mark. UTF-16 is converted to UTF-8.
pub(crate) fn detect(bytes: &[u8]) -> Result<(FileEncoding, Cow<'_, [u8]>), NotText> {
    if bytes.starts_with(ZIP_START) || bytes.starts_with(COMPOUND_FILE_START) {
        return Err(NotText::Workbook);
    }
    if let Some(encoding) = utf16(bytes) {
        let (text, _) = encoding.decode_with_bom_removal(bytes);
        let text = text.into_owned().into_bytes();
        check_is_text(&text)?;
        return Ok((FileEncoding::Utf16, Cow::Owned(text)));
    }
    check_is_text(bytes)?;
    let text = bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes);
    let encoding = match std::str::from_utf8(text) {
        Ok(_) => FileEncoding::Utf8,
        Err(_) => FileEncoding::CodePage(CodePage::guess(text)),
    };
    Ok((encoding, Cow::Borrowed(text)))
}

/// Refuses NUL bytes: no text has them in any encoding, and Postgres cannot store them.
fn check_is_text(bytes: &[u8]) -> Result<(), NotText> {
    if bytes.contains(&0) {
        return Err(NotText::Binary);
    }
    Ok(())
}

/// The byte order of UTF-16: by its mark, or by the zeros that are half of the bytes of Western text.
fn utf16(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    if bytes.starts_with(UTF16_LITTLE_ENDIAN_BOM) {
        return Some(UTF_16LE);
    }
    if bytes.starts_with(UTF16_BIG_ENDIAN_BOM) {
        return Some(UTF_16BE);
    }
    let (pairs, _) = bytes.get(..PROBED_BYTES).unwrap_or(bytes).as_chunks::<2>();
    let are_mostly = |is_so: fn(&&[u8; 2]) -> bool| {
        let count = pairs.iter().filter(is_so).count();
        count > 1 && count * 4 > pairs.len() * 3
    };
    if are_mostly(|[low, high]| *low != 0 && *high == 0) {
        Some(UTF_16LE)
    } else if are_mostly(|[high, low]| *high == 0 && *low != 0) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Decodes the fields of a file.
pub(crate) struct Decoder {
    page: CodePage,
    letters: Letters,
    western: [Letters; 3],
}

/// A decoded field.
pub(crate) struct FieldText<'f> {
    pub(crate) text: Cow<'f, str>,
    /// It was in another encoding than its file, or was garbled and has been repaired.
    pub(crate) is_repaired: bool,
}

impl Decoder {
    pub(crate) fn of(encoding: FileEncoding) -> Self {
        let page = match encoding {
            FileEncoding::CodePage(page) => page,
            FileEncoding::Utf8 | FileEncoding::Utf16 => CodePage::Windows1252,
        };
        Self {
            page,
            letters: page.letters(),
            western: CodePage::WESTERN.map(CodePage::letters),
        }
    }

    /// Decodes a field. Never fails: every byte is valid.
    pub(crate) fn decode<'f>(&self, field: &'f [u8]) -> FieldText<'f> {
        let (text, mut is_repaired) = match std::str::from_utf8(field) {
            Ok(text) if text.is_ascii() => {
                return FieldText {
                    text: Cow::Borrowed(text),
                    is_repaired: false,
                };
            }
            Ok(text) => (Cow::Borrowed(text), false),
            Err(_) => {
                let (text, is_other) = self.in_code_page(field);
                (Cow::Owned(text), is_other)
            }
        };
        let repaired = mojibake::repaired(&text, &self.western);
        is_repaired |= repaired.is_some();
        FieldText {
            text: repaired.map_or(text, Cow::Owned),
            is_repaired,
        }
    }

    /// Decodes in the file's encoding, or in another one if the text is garbled in the former and not in the latter.
    fn in_code_page(&self, field: &[u8]) -> (String, bool) {
        let text = self.letters.decode(field);
        if !plausibility::is_garbled(&text) {
            return (text, false);
        }
        let others = CodePage::WESTERN.iter().zip(&self.western);
        let other = others
            .filter(|(page, _)| **page != self.page)
            .map(|(_, letters)| letters.decode(field))
            .filter(|other| !plausibility::is_garbled(other))
            .min_by_key(|other| plausibility::strangeness(other));
        other.map_or((text, false), |other| (other, true))
    }
}
