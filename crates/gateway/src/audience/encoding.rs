//! Bytes to text. Delimiters, quotes and line ends are the same bytes in all encodings but UTF-16, so a file is cut into
//! fields first and only the fields in use are decoded: no second copy of the file, unless it is in UTF-16.

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE};
use thiserror::Error;

use super::code_page::{CodePage, Letters};
use super::{mojibake, plausibility};

const UTF8_BOM: &[u8] = b"\xEF\xBB\xBF";
const UTF16_LITTLE_ENDIAN_BOM: &[u8] = b"\xFF\xFE";
const UTF16_BIG_ENDIAN_BOM: &[u8] = b"\xFE\xFF";
/// Every XLSX and ODS file is a ZIP archive.
const ZIP_START: &[u8] = b"PK\x03\x04";
/// The compound file of XLS.
const COMPOUND_FILE_START: &[u8] = b"\xD0\xCF\x11\xE0";
/// How far into the file UTF-16 without a byte order mark is looked for.
const PROBED_BYTES: usize = 8 * 1024;

/// How the text of a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileEncoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, with or without a byte order mark: what Excel saves as "Unicode text".
    Utf16,
    /// One byte for each letter. Single fields that are UTF-8 are read as such: files are put together from several
    /// sources.
    CodePage(CodePage),
}

impl FileEncoding {
    /// The name under which programs know it.
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
    #[error("it holds binary data")]
    Binary,
}

/// Tells the encoding of a file, and gives its bytes without a byte order mark: those of UTF-16 as UTF-8.
pub(super) fn detect(bytes: &[u8]) -> Result<(FileEncoding, Cow<'_, [u8]>), NotText> {
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

/// No text holds a NUL, in whatever encoding, and Postgres keeps none.
fn check_is_text(bytes: &[u8]) -> Result<(), NotText> {
    if bytes.contains(&0) {
        return Err(NotText::Binary);
    }
    Ok(())
}

/// The byte order of UTF-16: by its mark, or by the zeros that half of the bytes of Western text are.
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
pub(super) struct Decoder {
    page: CodePage,
    letters: Letters,
    western: [Letters; 3],
}

/// The text of a field.
pub(super) struct FieldText<'f> {
    pub(super) text: Cow<'f, str>,
    /// It was written in another encoding than its file, or read in a wrong one before.
    pub(super) is_repaired: bool,
}

impl Decoder {
    pub(super) fn of(encoding: FileEncoding) -> Self {
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

    /// The text of a field. Never fails: every byte means something.
    pub(super) fn decode<'f>(&self, field: &'f [u8]) -> FieldText<'f> {
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

    /// In the file's encoding, or in another one if the text is garbled in it and in that one not.
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
