//! Repairs text that was read in a wrong encoding and written again, once or several times over: `OuÃ©draogo`.
//!
//! UTF-8 writes each letter beyond ASCII as two to four bytes, of which each became a letter of its own. Where such
//! letters stand in a row and their bytes make one letter, that letter was meant, if the text gets less strange by it.

use super::code_page::Letters;
use super::plausibility::{is_african, strangeness};

/// So often a text may have been read wrongly.
const MOST_TIMES: usize = 4;
/// What is typed in French beside the letters that every encoding has.
const FRENCH: &str = "œŒŸ’‘“”–—…€«»";
/// Pictures that phones type.
const PICTURES: std::ops::RangeInclusive<char> = '\u{1F300}'..='\u{1FAFF}';

/// The text as it was before it was read wrongly; `None` if it was not.
pub(super) fn repaired(text: &str, pages: &[Letters]) -> Option<String> {
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

/// The text with each row of letters that is one letter in UTF-8 read as that; `None` if there is none.
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

/// The letter whose bytes in UTF-8 the next letters stand for, and how many they are.
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
    // Bytes that happen to make another letter were not meant as one.
    let was_typed = letters.byte_of(letter).is_some()
        || is_african(letter)
        || FRENCH.contains(letter)
        || PICTURES.contains(&letter);
    was_typed.then_some((letter, length))
}
