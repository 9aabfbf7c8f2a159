//! The stored form of a number: `+`, country code, national number, digits only.

use std::fmt;

use rlibphonenumber::PHONE_NUMBER_UTIL;

use super::number::{MAX_DIGITS, MIN_DIGITS, read_number};
use super::{PhoneError, Region, numeric_cell};

/// The maximum number of last digits that a masked number shows.
const SHOWN_DIGITS: usize = 3;
/// The minimum number of digits of the national number that stay hidden.
const HIDDEN_DIGITS: usize = 5;
/// The longest calling code (ITU-T E.164, 6.2.1).
const MAX_CALLING_CODE_DIGITS: usize = 3;

/// A phone number in E.164 form (`+22670123456`). Prints masked.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct E164(Box<str>);

impl E164 {
    /// Reads one number as people write it; without a country code it is read as one of `region`.
    ///
    /// Spaces, dashes, dots and parentheses may group the digits; `+226`, `00226` and `226` all name
    /// the country. [`numbers_in_cell`](super::numbers_in_cell) documents which numbers without a country
    /// code are read as foreign ones; it also reads several numbers.
    ///
    /// # Errors
    /// The reason why the text is not exactly one number that can exist.
    pub fn parse(text: &str, region: Region) -> Result<Self, PhoneError> {
        if text.trim().is_empty() {
            return Err(PhoneError::Empty);
        }
        match numeric_cell::digits(text.trim()) {
            Some(digits) => read_number(&digits?, region),
            None => read_number(text, region),
        }
    }

    /// Reads a number that is in E.164 form already: `+` and 7 to 15 digits, nothing else.
    ///
    /// It is not checked whether an operator gives out such a number: Meta's ids and stored rows outlive any copy of
    /// the numbering plans.
    ///
    /// # Errors
    /// The reason why the text is not in this form.
    pub fn parse_strict(text: &str) -> Result<Self, PhoneError> {
        if text.is_empty() {
            return Err(PhoneError::Empty);
        }
        let digits = text.strip_prefix('+').ok_or(PhoneError::NotANumber)?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneError::NotANumber);
        }
        if digits.starts_with('0') {
            return Err(PhoneError::UnknownCountry);
        }
        match digits.len() {
            ..MIN_DIGITS => Err(PhoneError::TooShort),
            MIN_DIGITS..=MAX_DIGITS => Ok(Self(text.into())),
            _ => Err(PhoneError::TooLong),
        }
    }

    /// Reads a number by which Meta identifies a person (`wa_id`, `from`, `recipient_id`): 7 to 15 digits, with or
    /// without a `+`.
    ///
    /// The numbering plans are not checked: Meta keeps older forms of numbers, and a person identified by one can be
    /// answered.
    ///
    /// # Errors
    /// The reason why the text is not in this form.
    pub fn from_wa_id(text: &str) -> Result<Self, PhoneError> {
        match text.strip_prefix('+').unwrap_or(text) {
            "" => Err(PhoneError::Empty),
            digits => Self::parse_strict(&format!("+{digits}")),
        }
    }

    /// The whole number, `+` and digits. Personal data: for sealing, hashing and Meta only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Country code and last digits; the others as dots.
    fn write_masked(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.trim_start_matches('+');
        let code = calling_code_digits(digits);
        let national = digits.len().saturating_sub(code);
        let shown = national.saturating_sub(HIDDEN_DIGITS).min(SHOWN_DIGITS);
        let hidden = national.saturating_sub(shown);
        formatter.write_str("+")?;
        for (position, digit) in digits.chars().enumerate() {
            let visible = position < code || position >= code + hidden;
            write!(formatter, "{}", if visible { digit } else { '•' })?;
        }
        Ok(())
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_masked(formatter)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("E164(")?;
        self.write_masked(formatter)?;
        formatter.write_str(")")
    }
}

/// How many leading digits are the calling code; 0 if no country has it.
pub(super) fn calling_code_digits(digits: &str) -> usize {
    (1..=MAX_CALLING_CODE_DIGITS)
        .find(|length| {
            let code = digits.get(..*length).and_then(|code| code.parse().ok());
            code.is_some_and(|code| {
                PHONE_NUMBER_UTIL
                    .get_region_for_country_code(code)
                    .is_some()
            })
        })
        .unwrap_or(0)
}
