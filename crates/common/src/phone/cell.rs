//! A cell of a client's file: usually one number, sometimes two, sometimes a remark.
//!
//! A cell is split only where its writer separated numbers. What is left over is never dropped in
//! silence: it is either another number or the reason why a part was not one.

use std::borrow::Cow;

use super::number::{may_be_mobile, read_number};
use super::{E164, PhoneError, Region, numeric_cell};

/// Signs that stand between two numbers and never inside one.
const SEPARATORS: [char; 8] = ['/', '\\', ';', ',', '|', '&', '\n', '\r'];
/// Weaker separators: believed only if every piece between them is a number by itself.
const WEAK_SEPARATORS: [&str; 3] = [" - ", "  ", " "];
/// Words that may stand before a number.
const LABELS: [&str; 8] = [
    "tel",
    "tél",
    "téléphone",
    "telephone",
    "whatsapp",
    "mobile",
    "cel",
    "portable",
];

/// What a cell held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellNumbers {
    numbers: Vec<E164>,
    refused: Option<PhoneError>,
}

/// The number to write to, out of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The first mobile; the first number, if none is a mobile (a WhatsApp account may have a landline).
    pub number: E164,
    /// Something else stood in the cell that was, or was meant to be, another number.
    pub others_ignored: bool,
}

impl CellNumbers {
    /// The different numbers of the cell, in its order.
    pub fn numbers(&self) -> &[E164] {
        &self.numbers
    }

    /// Why the first unreadable part is not a number, if there is one.
    pub const fn refused(&self) -> Option<PhoneError> {
        self.refused
    }

    /// Picks the number to write to.
    ///
    /// # Errors
    /// Why there is none.
    pub fn choose(self) -> Result<Choice, PhoneError> {
        let others_ignored = self.numbers.len() > 1 || self.refused.is_some();
        let mobile = match self.numbers.len() {
            0 | 1 => None,
            _ => self.numbers.iter().position(may_be_mobile),
        };
        let chosen = self.numbers.into_iter().nth(mobile.unwrap_or_default());
        match chosen {
            Some(number) => Ok(Choice {
                number,
                others_ignored,
            }),
            None => Err(self.refused.unwrap_or(PhoneError::Empty)),
        }
    }

    fn push(&mut self, read: Result<E164, PhoneError>) {
        match read {
            Ok(number) if self.numbers.contains(&number) => {}
            Ok(number) => self.numbers.push(number),
            Err(reason) => {
                self.refused.get_or_insert(reason);
            }
        }
    }
}

/// Reads all numbers of a cell. Which country a number belongs to is decided so:
///
/// 1. `+` or `00` names the country.
/// 2. Otherwise it is a number of `region`, with or without that region's own calling code.
/// 3. If it cannot be one and `region` is a neighbour of Ivory Coast, ten digits that begin with 05 or
///    07 are Ivorian. Ten digits that begin with 01 are Ivorian or Beninese, and refused as
///    [`PhoneError::UnknownCountry`]: a wrong guess writes to a stranger.
/// 4. If it cannot be one and begins with a West African calling code, it is a number of that country.
///
/// Numbers that a spreadsheet turned into quantities (`2,2670123456E+10`) are read if every digit is
/// there, and refused as [`PhoneError::DigitsLost`] if not. Remarks in parentheses and words such as
/// `Tél:` before a number are passed over; any other letters make the part unreadable.
pub fn numbers_in_cell(text: &str, region: Region) -> CellNumbers {
    let mut found = CellNumbers {
        numbers: Vec::new(),
        refused: None,
    };
    // A leading apostrophe is how a spreadsheet is told that the cell is text.
    let text = text.trim().trim_start_matches('\'').trim_start();
    if text.is_empty() {
        found.push(Err(PhoneError::Empty));
        return found;
    }
    if let Some(digits) = numeric_cell::digits(text) {
        found.push(digits.and_then(|digits| read_number(&digits, region)));
        return found;
    }
    if let Ok(number) = read_number(text, region) {
        found.push(Ok(number));
        return found;
    }
    for part in without_remarks(text).split(SEPARATORS) {
        for part in split_at_words(part) {
            read_part(part, region, &mut found);
        }
    }
    if found.numbers.is_empty() {
        found.refused.get_or_insert(PhoneError::NotANumber);
    }
    found
}

/// Reads what stands between two separators.
fn read_part(part: &str, region: Region, found: &mut CellNumbers) {
    let part = without_label(part).trim();
    if part.is_empty() {
        return;
    }
    let whole = read_number(part, region);
    if whole.is_ok() {
        return found.push(whole);
    }
    for separator in WEAK_SEPARATORS {
        let pieces = part
            .split(separator)
            .filter(|piece| !piece.trim().is_empty());
        let numbers: Result<Vec<E164>, PhoneError> =
            pieces.map(|piece| read_number(piece, region)).collect();
        if let Ok(numbers) = numbers {
            return numbers
                .into_iter()
                .for_each(|number| found.push(Ok(number)));
        }
    }
    found.push(whole);
}

/// Blanks out parentheses that hold letters: `70 12 34 56 (Awa)`.
fn without_remarks(text: &str) -> Cow<'_, str> {
    if !text.contains('(') {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once('(') {
        let Some((inside, after)) = opened.split_once(')') else {
            break;
        };
        kept.push_str(before);
        kept.push(' ');
        if !inside.chars().any(char::is_alphabetic) {
            kept.push_str(inside);
        }
        rest = after;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

fn split_at_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(" ou ")
        .flat_map(|part| part.split(" et "))
        .flat_map(|part| part.split(" or "))
}

/// Passes over one word such as `Tél:` before a number.
fn without_label(part: &str) -> &str {
    let part = part.trim_start();
    let rest = part.trim_start_matches(char::is_alphabetic);
    let Some(word) = part.strip_suffix(rest) else {
        return part;
    };
    if LABELS.contains(&word.to_lowercase().as_str()) {
        rest.trim_start_matches([' ', '.', ':', '\u{A0}'])
    } else {
        part
    }
}
