//! Text that must not be logged, and how it is masked.
//!
//! Meta's ids of accounts and numbers have 15 digits or more and are kept; phone numbers have 8 to 15 digits with their
//! plus sign and 8 to 14 in practice without. UUIDs and long hexadecimal ids are kept. It is the second safeguard: the
//! first is that types of personal data do not print.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The minimum and maximum number of digits, without a plus sign, that are treated as a phone number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 8..=14;
/// A lower-case hexadecimal word of at least this length is treated as an id, such as a trace id, whatever its digits.
const HEX_ID: usize = 32;

const PATTERN: &str = r"(?x)
    (?P<url>://[^/@\s]*@)
  | (?P<uuid>\b[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b)
  | (?P<bearer>(?i:\b(?:bearer|basic)\s+)[^\s,;]{8,})
  | (?P<named>(?i:access_token|appsecret_proof|verify_token|client_secret|app_secret|password|secret|authorization)
        [\\\x22']*\s*[=:]\s*[\\\x22']*)[^\s&,;\\\x22']+
  | (?P<key>\bdj[pb]_[0-9A-Za-z_]+)
  | (?P<wamid>(?i:wamid)\.[0-9A-Za-z+/=_-]*)
  | (?P<token>EAA[0-9A-Za-z]{20,})
  | (?P<plus>\+[0-9](?:[\x20.()-]{0,2}[0-9]){6,16})
  | (?P<pairs>\b[0-9]{2}(?:[\x20-][0-9]{2}){3,6}\b)
  | (?P<word>[0-9A-Za-z]+)
";

#[expect(
    clippy::expect_used,
    reason = "the pattern is a constant: a wrong one fails every test"
)]
static MASKED: LazyLock<Regex> = LazyLock::new(|| Regex::new(PATTERN).expect("a valid pattern"));

static DIGITS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("[0-9]+").ok());

/// The text with phone numbers, wamids, tokens, keys and passwords masked, and control characters replaced.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    let text = without_controls(text);
    match MASKED.replace_all(&text, mask) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) if masked == text => text,
        Cow::Owned(masked) => Cow::Owned(masked),
    }
}

/// Whether a number could be a phone number.
pub(super) fn could_be_a_phone_number(number: u128) -> bool {
    PHONE_DIGITS.contains(&number.to_string().len())
}

fn mask(found: &Captures<'_>) -> String {
    let whole = found.get(0).map_or("", |found| found.as_str());
    let is = |name| found.name(name).is_some();
    match () {
        () if is("uuid") => whole.to_owned(),
        () if is("word") => mask_word(whole),
        () if is("url") => "://[masked]@".to_owned(),
        () if is("bearer") => "[masked authorization]".to_owned(),
        () if is("key") => "[masked api key]".to_owned(),
        () if is("wamid") => "[masked wamid]".to_owned(),
        () if is("token") => "[masked token]".to_owned(),
        () if is("plus") || is("pairs") => "[masked number]".to_owned(),
        () => {
            let name = found.name("named").map_or("", |found| found.as_str());
            format!("{name}[masked]")
        }
    }
}

/// Masks the digit runs of a word that could be phone numbers, unless the word is a hexadecimal id.
fn mask_word(word: &str) -> String {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let letters = word.bytes().any(|byte| byte.is_ascii_alphabetic());
    let id = word.len() >= HEX_ID && letters && word.bytes().all(hex);
    let Some(digits) = DIGITS.as_ref().filter(|_| !id) else {
        return word.to_owned();
    };
    let masked = digits.replace_all(word, |run: &Captures<'_>| {
        let run = run.get(0).map_or("", |run| run.as_str());
        if PHONE_DIGITS.contains(&run.len()) {
            "[masked number]".to_owned()
        } else {
            run.to_owned()
        }
    });
    masked.into_owned()
}

/// Replaces control characters, which could end a line or control a terminal.
fn without_controls(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.contains(steers) {
        Cow::Owned(text.replace(steers, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}
