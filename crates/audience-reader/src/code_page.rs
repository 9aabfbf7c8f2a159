//! Single-byte encodings, and the detection of the one that a file is written in.
//!
//! Such a file does not name its encoding, and every byte is valid in each. The detected encoding is the one in which
//! the file's text looks most like names and words.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use oem_cp::code_table::DECODING_TABLE_CP850;

use crate::plausibility;

/// How many fields with bytes other than ASCII are examined.
const PROBED_FIELDS: usize = 5_000;
/// How many bytes of each are examined: a field of megabytes is no name.
const PROBED_BYTES: usize = 1_024;

/// By how much the fields have to be more plausible in another encoding than in the most frequent one.
const LEAD: u64 = 1;

/// A single-byte encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePage {
    /// Used by Excel for CSV under Windows.
    Windows1252,
    /// Used by Excel for CSV on a Mac.
    MacRoman,
    /// Used by Excel for "CSV (MS-DOS)", and by point-of-sale software.
    Cp850,
    /// The most likely encoding of text that is not in a Western language.
    Other(&'static Encoding),
}

/// The characters of the bytes from 128.
pub(crate) struct Letters([char; 128]);

impl CodePage {
    /// The encodings of French text, the most frequent first.
    pub(crate) const WESTERN: [Self; 3] = [Self::Windows1252, Self::MacRoman, Self::Cp850];

    /// The usual name of the encoding.
    pub fn name(self) -> String {
        match self {
            Self::Windows1252 => "windows-1252".to_owned(),
            Self::MacRoman => "macintosh".to_owned(),
            Self::Cp850 => "cp850".to_owned(),
            Self::Other(encoding) => encoding.name().to_ascii_lowercase(),
        }
    }

    /// The encoding in which the fields that are not UTF-8 look most like words.
    pub(crate) fn guess(file: &[u8]) -> Self {
        let fields: Vec<&[u8]> = file
            .split(|byte| matches!(byte, b';' | b',' | b'\t' | b'|' | b'"' | b'\r' | b'\n'))
            .filter(|field| std::str::from_utf8(field).is_err())
            .take(PROBED_FIELDS)
            .map(|field| field.get(..PROBED_BYTES).unwrap_or(field))
            .collect();
        let detected = detect(&fields).filter(|encoding| {
            encoding.is_single_byte() && ![WINDOWS_1252, MACINTOSH].contains(encoding)
        });
        let strangeness = |page: &Self| {
            let letters = page.letters();
            let of_field =
                |field: &&[u8]| u64::from(plausibility::strangeness(&letters.decode(field)));
            let lead = if *page == Self::Windows1252 { 0 } else { LEAD };
            fields.iter().map(of_field).sum::<u64>() + lead
        };
        Self::WESTERN
            .into_iter()
            .chain(detected.map(Self::Other))
            .min_by_key(strangeness)
            .unwrap_or(Self::Windows1252)
    }

    pub(crate) fn letters(self) -> Letters {
        match self {
            Self::Windows1252 => Letters::of(WINDOWS_1252),
            Self::MacRoman => Letters::of(MACINTOSH),
            Self::Cp850 => Letters(DECODING_TABLE_CP850),
            Self::Other(encoding) => Letters::of(encoding),
        }
    }
}

impl Letters {
    fn of(encoding: &'static Encoding) -> Self {
        let letter = |index: usize| {
            let byte = u8::try_from(index + 128).unwrap_or(u8::MAX);
            let (text, _) = encoding.decode_without_bom_handling(std::slice::from_ref(&byte));
            text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
        };
        Self(std::array::from_fn(letter))
    }

    pub(crate) fn decode(&self, bytes: &[u8]) -> String {
        bytes.iter().map(|byte| self.letter(*byte)).collect()
    }

    /// The byte that a character was decoded from. Bytes without a character were decoded as the control character of
    /// the same number.
    pub(crate) fn byte_of(&self, letter: char) -> Option<u8> {
        if let Ok(control @ 0x80..=0x9F) = u8::try_from(u32::from(letter)) {
            return Some(control);
        }
        let index = self.0.iter().position(|known| *known == letter)?;
        u8::try_from(index + 128).ok()
    }

    fn letter(&self, byte: u8) -> char {
        let high = byte.checked_sub(128).map(usize::from);
        high.and_then(|index| self.0.get(index).copied())
            .unwrap_or_else(|| char::from(byte))
    }
}

/// The guess of a web browser's detector for the fields.
fn detect(fields: &[&[u8]]) -> Option<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for field in fields {
        detector.feed(field, false);
        detector.feed(b"\n", false);
    }
    (!fields.is_empty()).then(|| detector.guess(None, Utf8Detection::Deny))
}
