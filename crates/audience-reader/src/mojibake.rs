//! Repairs text that was decoded in a wrong encoding and encoded again, once or several times: `OuÃ©draogo`.
//!
//! UTF-8 encodes each character beyond ASCII as two to four bytes, each of which was decoded as a character. A sequence
//! of such characters whose bytes are one character in UTF-8 is replaced by it, if the text becomes more plausible.

use crate::code_page::Letters;
use crate::plausibility::{is_african, strangeness};

/// How many times a text may have been decoded wrongly.
const MOST_TIMES: usize = 4;
/// Characters of French typing beyond the letters that every encoding has.
const FRENCH: &str = "œŒŸ’‘“”–—…€«»";
/// Emoji.
const PICTURES: std::ops::RangeInclusive<char> = '\u{1F300}'..='\u{1FAFF}';

/// The repaired text; `None` if it was not garbled.
pub(crate) fn repaired(text: &str, pages: &[Letters]) -> Option<String> {
    let strange = strangeness(text);
    if strange == 0 {
        return None;
    }
    pages
        .iter()
        .flat_map(|letters| {
            let once = reread(text, letters);
            std::iter::successors(once, |text| reread(text, letters)).take(MOST_TIMES)
        })
        .map(|reread| (strangeness(&reread), reread))
        .min_by_key(|(strangeness, _)| *strangeness)
        .filter(|(strangeness, _)| *strangeness < strange)
        .map(|(_, reread)| reread)
}

/// The text with each such sequence replaced; `None` if there is none.
fn reread(text: &str, letters: &Letters) -> Option<String> {
    let mut reread = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut is_changed = false;
    while let Some(sign) = rest.clone().next() {
        if !sign.is_ascii()
            && let Some((letter, length)) = one_letter(rest.clone(), letters)
        {
            reread.push(letter);
            is_changed = true;
            rest.nth(length - 1);
        } else {
            reread.push(sign);
            rest.next();
        }
    }
    is_changed.then_some(reread)
}

/// The character whose UTF-8 bytes the next characters are, and how many these are.
fn one_letter(signs: impl Iterator<Item = char>, letters: &Letters) -> Option<(char, usize)> {
    let mut bytes = Vec::with_capacity(4);
    let mut length = 1;
    for sign in signs {
        let byte = letters.byte_of(sign)?;
        if bytes.is_empty() {
            length = match byte {
                0xC2..=0xDF => 2,
                0xE0..=0xEF => 3,
                0xF0..=0xF4 => 4,
                _ => return None,
            };
        }
        bytes.push(byte);
        if bytes.len() == length {
            break;
        }
    }
    let letter = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    // Bytes that form a character of another kind do so by chance.
    let was_typed = letters.byte_of(letter).is_some()
        || is_african(letter)
        || FRENCH.contains(letter)
        || PICTURES.contains(&letter);
    was_typed.then_some((letter, length))
}
