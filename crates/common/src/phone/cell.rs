//! A cell of a client's file: usually one number, sometimes two, sometimes with words around them.
//!
//! Numbers are runs of digits and of the signs that group digits; any other text between two runs separates them. The
//! rest of the cell is never dropped without a report: it is another number, the reason why a part was not one, or
//! words.

use std::borrow::Cow;

use super::number::{may_be_mobile, read_number};
use super::signs::{groups_digits, plain_text};
use super::{E164, PhoneError, Region, numeric_cell, word};

/// Signs inside a run that may separate two numbers, if each side is a number: the most certain first.
const WEAK_SEPARATORS: [&str; 4] = [" - ", "  ", " ", "-"];
/// What spreadsheets, and people who work around them, put around a number so that it stays text.
const QUOTING: [char; 4] = ['\'', '"', '=', ' '];
/// The suffixes of numbers in WhatsApp's own lists.
const WHATSAPP_DOMAINS: [&str; 2] = ["@s.whatsapp.net", "@c.us"];
/// A word of fewer letters that touches digits is a typing error, such as the letter O for a zero.
const MIN_LETTERS_AT_DIGITS: usize = 3;
/// Up to this many digits at a word belong to it: `Tel1`.
const MAX_DIGITS_OF_WORD: usize = 2;
/// Parentheses with fewer digits hold a remark.
const MIN_DIGITS_IN_PARENTHESES: usize = 7;

/// The maximum number of numbers that are read from a cell: no person has more, and the rest is ignored.
const MAX_NUMBERS: usize = 16;

/// The numbers of a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CellNumbers {
    numbers: Vec<E164>,
    refused: Option<PhoneError>,
    has_words: bool,
}

/// The number of a cell that messages are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The first mobile; the first number, if none is a mobile (a WhatsApp account may have a landline).
    pub number: E164,
    /// The cell held another number, or a part that was meant to be one.
    pub others_ignored: bool,
    /// The cell held words that say more than what kind of number it is: it may be somebody else's.
    pub words_ignored: bool,
}

/// A token of a cell.
enum Token<'a> {
    /// Digits with the signs that group them, and the blanks around.
    Run(&'a str),
    Word(&'a str),
    /// Any other sign, and the first grouping sign where there are no digits.
    Sign(char),
}

impl CellNumbers {
    /// The different numbers of the cell, in the order of the cell.
    pub fn numbers(&self) -> &[E164] {
        &self.numbers
    }

    /// Why the first unreadable part is not a number, if there is one.
    pub const fn refused(&self) -> Option<PhoneError> {
        self.refused
    }

    /// Selects the number to send to.
    ///
    /// # Errors
    /// The reason why there is none.
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
                words_ignored: self.has_words,
            }),
            None => Err(self.refused.unwrap_or(PhoneError::Empty)),
        }
    }

    const fn is_full(&self) -> bool {
        self.numbers.len() >= MAX_NUMBERS
    }

    fn push(&mut self, read: Result<E164, PhoneError>) {
        match read {
            Ok(number) if self.is_full() || self.numbers.contains(&number) => {}
            Ok(number) => self.numbers.push(number),
            Err(reason) => {
                self.refused.get_or_insert(reason);
            }
        }
    }
}

/// Reads all numbers of a cell. The country of a number is decided as follows:
///
/// 1. `+` or `00` names the country.
/// 2. Otherwise it is a number of `region`, with or without that region's own calling code.
/// 3. If it cannot be one and `region` is a neighbour of Ivory Coast, ten digits that begin with 05 or
///    07 are Ivorian. Ten digits that begin with 01 are Ivorian or Beninese, and refused as
///    [`PhoneError::UnknownCountry`]: a wrong guess writes to a stranger.
/// 4. If it cannot be one and begins with a West African calling code, it is a number of that country.
///
/// Numbers that their country renumbered are read in their new form
/// ([`lookup_form`](super::renumbering::lookup_form)), and refused as [`PhoneError::Outdated`] where that is not known.
/// Numbers that a spreadsheet turned into quantities (`2,2670123456E+10`) are read if every digit is there, and refused
/// as [`PhoneError::DigitsLost`] if not. Words, and signs such as `p:`, `n°` and `="…"`, may surround a number. One or
/// two letters at its digits make it unreadable: they are probably mistyped digits.
pub fn numbers_in_cell(text: &str, region: Region) -> CellNumbers {
    let mut found = CellNumbers::default();
    let text = plain_text(text);
    let text = text.trim().trim_matches(QUOTING);
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
    read_tokens(
        &without_addresses(&without_remarks(text)),
        region,
        &mut found,
    );
    if found.numbers.is_empty()
        && let Ok(number) = read_number(&text.replace([',', '\''], ""), region)
    {
        // Commas and apostrophes group digits by thousands, unless they separate numbers.
        return CellNumbers {
            numbers: vec![number],
            ..CellNumbers::default()
        };
    }
    if found.numbers.is_empty() {
        found.refused.get_or_insert(PhoneError::NotANumber);
    }
    found
}

/// Reads the text between words and signs.
fn read_tokens(text: &str, region: Region, found: &mut CellNumbers) {
    let tokens = tokens(text);
    let neighbour = |at: Option<usize>| at.and_then(|at| tokens.get(at));
    for (at, token) in tokens.iter().enumerate() {
        if found.is_full() {
            break;
        }
        match token {
            Token::Run(run) => {
                let before = neighbour(at.checked_sub(1)).filter(|_| !starts_apart(run));
                let after = neighbour(at.checked_add(1)).filter(|_| !run.ends_with(groups_digits));
                if is_part_of_word(before, run) {
                    continue;
                }
                if is_spoilt_by(before) || is_spoilt_by(after) {
                    found.push(Err(PhoneError::NotANumber));
                } else {
                    read_run(run.trim(), region, found);
                }
            }
            Token::Word(word) => found.has_words |= !word::is_expected(word),
            Token::Sign(_) => {}
        }
    }
}

fn starts_apart(run: &str) -> bool {
    run.starts_with(groups_digits)
}

fn is_part_of_word(before: Option<&Token<'_>>, run: &str) -> bool {
    matches!(before, Some(Token::Word(_))) && digits_of(run) <= MAX_DIGITS_OF_WORD
}

/// Whether the token beside a run of digits is probably a mistyped digit.
fn is_spoilt_by(neighbour: Option<&Token<'_>>) -> bool {
    match neighbour {
        Some(Token::Word(word)) => {
            word.chars().count() < MIN_LETTERS_AT_DIGITS && !word::is_expected(word)
        }
        Some(Token::Sign(sign)) => matches!(sign, '?' | '*' | '%' | '^' | '$'),
        Some(Token::Run(_)) | None => false,
    }
}

/// Reads a run of digits: one number, or several, each valid by itself.
fn read_run(run: &str, region: Region, found: &mut CellNumbers) {
    let whole = read_number(run, region);
    if whole.is_ok() {
        return found.push(whole);
    }
    for separator in WEAK_SEPARATORS {
        let pieces = run.split(separator).filter(|piece| digits_of(piece) > 0);
        let numbers: Result<Vec<E164>, PhoneError> =
            pieces.map(|piece| read_number(piece, region)).collect();
        if let Ok(numbers) = numbers {
            return numbers
                .into_iter()
                .for_each(|number| found.push(Ok(number)));
        }
    }
    match two_numbers(run, region) {
        Some(numbers) => numbers
            .into_iter()
            .for_each(|number| found.push(Ok(number))),
        None => found.push(whole),
    }
}

/// Two numbers that are separated by a sign which also groups digits, if there is exactly one way to split them.
fn two_numbers(run: &str, region: Region) -> Option<[E164; 2]> {
    let halves = run.match_indices(groups_digits).filter_map(|(at, _)| {
        let (first, second) = run.split_at_checked(at)?;
        let read = |half| read_number(half, region).ok();
        Some([read(first)?, read(second)?])
    });
    let mut halves: Vec<_> = halves.collect();
    halves.dedup();
    match halves.as_slice() {
        [_] => halves.pop(),
        _ => None,
    }
}

/// Cuts a text into runs of digits, words and signs. A `+` begins a number.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphabetic() {
            rest.find(|sign: char| !sign.is_alphabetic())
        } else if is_of_number(first) {
            let after_first = first.len_utf8();
            let end = |sign: char| !is_of_number(sign) || sign == '+';
            rest.get(after_first..)
                .and_then(|following| following.find(end))
                .map(|length| after_first + length)
        } else {
            Some(first.len_utf8())
        };
        let (token, following) = rest
            .split_at_checked(length.unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        rest = following;
        if first.is_alphabetic() {
            tokens.push(Token::Word(token));
        } else if digits_of(token) > 0 {
            tokens.push(Token::Run(token));
        } else {
            tokens.push(Token::Sign(first));
        }
    }
    tokens
}

fn is_of_number(sign: char) -> bool {
    sign.is_ascii_digit() || sign == '+' || groups_digits(sign)
}

fn digits_of(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Replaces parentheses that hold words by blanks: `70 12 34 56 (Awa)`.
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
        let is_remark = inside.chars().any(char::is_alphabetic)
            && digits_of(inside) < MIN_DIGITS_IN_PARENTHESES;
        if is_remark {
            kept.push(' ');
        } else {
            kept.push('(');
            kept.push_str(inside);
            kept.push(')');
        }
        rest = after;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// Removes email addresses, whose digits are not phone numbers; addresses of WhatsApp's own lists are numbers.
fn without_addresses(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let without_domains = WHATSAPP_DOMAINS
        .iter()
        .fold(text.to_owned(), |text, domain| text.replace(domain, " "));
    let words = without_domains
        .split_inclusive([' ', ',', ';', '/', '\n'])
        .filter(|word| !word.contains('@'));
    Cow::Owned(words.collect())
}
