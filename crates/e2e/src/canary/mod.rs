//! Canaries: made-up personal data and secrets that a run is fed with, and the search for them in its artifacts.
//!
//! A canary is searched for in every encoding in which it could be stored: as text, in other notations, escaped, in
//! base64 at each of the three alignments, in hexadecimal. An encoding that consists of digits only counts when no
//! digit is adjacent, because eight digits occur by accident inside longer numbers.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::bytes::{Regex, RegexBuilder};

/// Base64 characters at each end that depend on the bytes around the canary.
const CONTEXT_DEPENDENT: usize = 4;
/// The shortest piece of base64 that identifies a canary.
const MIN_LENGTH: usize = 8;
/// Memory limit of the combined pattern.
const PATTERN_BYTES: usize = 256 * 1024 * 1024;
/// Bytes of context shown around a find.
const AROUND: usize = 40;

/// Something that must not be found.
#[derive(Debug, Clone)]
pub struct Canary {
    what: String,
    spellings: Vec<Spelling>,
}

#[derive(Debug, Clone)]
struct Spelling {
    bytes: Vec<u8>,
    /// Counts only when no hexadecimal digit or letter is adjacent.
    alone: bool,
}

/// The search for all canaries at once.
pub struct Search {
    canaries: Vec<Canary>,
    /// The canary of each encoding, and whether it only counts without adjacent digits.
    owners: HashMap<Vec<u8>, (usize, bool)>,
    any: Regex,
}

/// A canary that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// A description of what was found, not the canary itself.
    pub what: String,
    /// Where.
    pub location: String,
    /// The bytes around it.
    pub around: String,
}

impl Canary {
    /// A text: a name, a code, a token, a reference.
    #[must_use]
    pub fn text(what: &str, text: &str) -> Self {
        let mut canary = Self {
            what: what.to_owned(),
            spellings: Vec::new(),
        };
        canary.spell_encoded(text.as_bytes());
        let latin_1: Option<Vec<u8>> = text
            .chars()
            .map(|letter| u8::try_from(u32::from(letter)).ok())
            .collect();
        canary.spellings.extend(latin_1.map(spelling));
        canary.spellings.push(spelling(escaped(text).into_bytes()));
        canary
            .spellings
            .push(spelling(percent_encoded(text).into_bytes()));
        canary.tidy()
    }

    /// A number of Burkina Faso, given by its eight national digits.
    #[must_use]
    pub fn phone(what: &str, national: &str) -> Self {
        let mut canary = Self {
            what: what.to_owned(),
            spellings: Vec::new(),
        };
        let grouped = in_pairs(national);
        canary.spell_encoded(format!("226{national}").as_bytes());
        for text in [
            format!("226 {grouped}"),
            grouped,
            format!("%2B226{national}"),
        ] {
            canary.spellings.push(spelling(text.into_bytes()));
        }
        canary.spellings.push(Spelling {
            bytes: national.as_bytes().to_vec(),
            alone: true,
        });
        canary.tidy()
    }

    /// Meta's id of a message, whose base64 content contains the recipient's number.
    #[must_use]
    pub fn wamid(what: &str, wamid: &str) -> Self {
        let mut canary = Self::text(what, wamid);
        let inner = wamid.strip_prefix("wamid.").unwrap_or(wamid);
        canary.spell_encoded(inner.as_bytes());
        if let Ok(bytes) = STANDARD_NO_PAD.decode(inner.trim_end_matches('=')) {
            canary
                .spellings
                .push(spelling(hex::encode(&bytes).into_bytes()));
            canary
                .spellings
                .push(spelling(hex::encode_upper(&bytes).into_bytes()));
            canary.spellings.push(spelling(bytes));
        }
        canary.tidy()
    }

    /// Adds the bytes as they are, in base64 and in hexadecimal.
    fn spell_encoded(&mut self, bytes: &[u8]) {
        let encoded = (0..3).flat_map(|shift| encodings(bytes, shift));
        self.spellings
            .extend(encoded.map(|text| spelling(text.into_bytes())));
        self.spellings
            .push(spelling(hex::encode(bytes).into_bytes()));
        self.spellings
            .push(spelling(hex::encode_upper(bytes).into_bytes()));
        self.spellings.push(spelling(bytes.to_vec()));
    }

    fn tidy(mut self) -> Self {
        self.spellings
            .sort_by(|a, b| (&a.bytes, a.alone).cmp(&(&b.bytes, b.alone)));
        self.spellings.dedup_by(|a, b| a.bytes == b.bytes);
        self
    }
}

impl Search {
    /// Prepares the search.
    ///
    /// # Errors
    /// When there are more encodings than the pattern can hold.
    pub fn new(canaries: Vec<Canary>) -> Result<Self, regex::Error> {
        let mut owners = HashMap::new();
        for (owner, canary) in canaries.iter().enumerate() {
            owners.extend(
                canary
                    .spellings
                    .iter()
                    .map(|spelling| (spelling.bytes.clone(), (owner, spelling.alone))),
            );
        }
        let literal = |bytes: &Vec<u8>| {
            bytes
                .iter()
                .map(|byte| format!("\\x{byte:02x}"))
                .collect::<String>()
        };
        let pattern = owners.keys().map(literal).collect::<Vec<_>>().join("|");
        let any = RegexBuilder::new(&pattern)
            .unicode(false)
            .size_limit(PATTERN_BYTES)
            .build()?;
        Ok(Self {
            canaries,
            owners,
            any,
        })
    }

    /// The first find of each canary in the content of a location.
    #[must_use]
    pub fn within(&self, location: &str, bytes: &[u8]) -> Vec<Find> {
        let (mut found, mut from) = (BTreeMap::new(), 0);
        while let Some(hit) = self.any.find_at(bytes, from) {
            from = hit.start() + 1;
            let Some((owner, alone)) = self.owners.get(hit.as_bytes()) else {
                continue;
            };
            if *alone && !is_alone(bytes, hit.start(), hit.len()) {
                continue;
            }
            found.entry(*owner).or_insert(hit.start());
        }
        let finds = found.into_iter().filter_map(|(owner, at)| {
            let around = bytes.get(at.saturating_sub(AROUND)..bytes.len().min(at + AROUND))?;
            Some(Find {
                what: self.canaries.get(owner)?.what.clone(),
                location: location.to_owned(),
                around: String::from_utf8_lossy(around).into_owned(),
            })
        });
        finds.collect()
    }
}

const fn spelling(bytes: Vec<u8>) -> Spelling {
    Spelling {
        bytes,
        alone: false,
    }
}

/// The base64 characters that do not depend on `shift` preceding bytes.
fn encodings(bytes: &[u8], shift: usize) -> Vec<String> {
    let shifted: Vec<u8> = std::iter::repeat_n(0, shift)
        .chain(bytes.iter().copied())
        .collect();
    let both = [
        STANDARD_NO_PAD.encode(&shifted),
        URL_SAFE_NO_PAD.encode(&shifted),
    ];
    let blurred_before = if shift == 0 { 0 } else { CONTEXT_DEPENDENT };
    let middle = |text: String| {
        text.get(blurred_before..text.len().saturating_sub(CONTEXT_DEPENDENT))
            .map(str::to_owned)
    };
    both.into_iter()
        .filter_map(middle)
        .filter(|text| text.len() >= MIN_LENGTH)
        .collect()
}

fn is_alone(bytes: &[u8], at: usize, length: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    let after = bytes.get(at + length);
    !before.into_iter().chain(after).any(u8::is_ascii_hexdigit)
}

fn in_pairs(digits: &str) -> String {
    let pairs = digits.as_bytes().chunks(2).map(String::from_utf8_lossy);
    pairs.collect::<Vec<_>>().join(" ")
}

/// As JSON may escape it: every non-ASCII character as `\uXXXX`.
fn escaped(text: &str) -> String {
    let escape = |letter: char| {
        if letter.is_ascii() {
            letter.to_string()
        } else {
            format!("\\u{:04x}", u32::from(letter))
        }
    };
    text.chars().map(escape).collect()
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(encode).collect()
}
