//! The characters of a text: escapes are resolved, and invalid characters replaced.

use std::borrow::Cow;
use std::str::Chars;

/// Replaces invalid characters: a lone half of a surrogate pair, or bytes that are not UTF-8.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// The text between two quotes.
pub(super) fn unescaped(raw: &[u8]) -> Cow<'_, str> {
    let raw = String::from_utf8_lossy(raw);
    if !raw.contains('\\') {
        return raw;
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(char) = rest.next() {
        text.push(if char == '\\' {
            escape(&mut rest)
        } else {
            char
        });
    }
    Cow::Owned(text)
}

/// The character of an escape. After a backslash, a character that is no escape is kept.
fn escape(rest: &mut Chars<'_>) -> char {
    match rest.next() {
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => code_point(rest),
        Some(other) => other,
        None => REPLACEMENT,
    }
}

fn code_point(rest: &mut Chars<'_>) -> char {
    let Some(unit) = code_unit(rest) else {
        return REPLACEMENT;
    };
    let mut second = rest.clone();
    let pair = (second.next() == Some('\\') && second.next() == Some('u'))
        .then(|| code_unit(&mut second))
        .flatten()
        .map(|low| char::decode_utf16([unit, low]).next());
    // Two units are one character only when they are a surrogate pair.
    if let Some(Some(Ok(char))) = pair
        && char::from_u32(u32::from(unit)).is_none()
    {
        *rest = second;
        return char;
    }
    char::from_u32(u32::from(unit)).unwrap_or(REPLACEMENT)
}

/// Four hexadecimal digits; nothing is consumed when they are invalid.
fn code_unit(rest: &mut Chars<'_>) -> Option<u16> {
    let digits = rest.as_str().get(..4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    rest.nth(3)?;
    Some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(raw: &str) -> String {
        unescaped(raw.as_bytes()).into_owned()
    }

    #[test]
    fn what_is_no_character_costs_no_other() {
        assert_eq!(read(r"a\ud800b"), "a\u{fffd}b");
        assert_eq!(read(r"\ud83d\ude00"), "😀");
        assert_eq!(read(r"\ude00\ud83d"), "\u{fffd}\u{fffd}");
        assert_eq!(read(r"\ud800\u0041"), "\u{fffd}A");
        assert_eq!(read(r"\ud800\ud83d\ude00"), "\u{fffd}😀");
        assert_eq!(read(r"\u12"), "\u{fffd}12");
        assert_eq!(read(r"\q\/\\"), r"q/\");
        assert_eq!(unescaped(b"a\xffb"), "a\u{fffd}b");
    }

    proptest! {
        #[test]
        fn a_text_in_escapes_is_read_back(text in any::<String>()) {
            let escaped: String =
                text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(read(&escaped), text);
        }
    }
}
