//! One written number: from the written signs to a number that can exist.
//!
//! The numbering plans are libphonenumber's; the country is decided here, because files of clients in West Africa mix
//! countries and seldom have the `+`.

use std::borrow::Cow;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat,
    PhoneNumberType, ValidationError,
};

use super::e164::calling_code_digits;
use super::renumbering::{is_outdated, lookup_form};
use super::signs::{groups_digits, plain_text};
use super::{E164, PhoneError, Region};

/// The longest number, country code included (ITU-T E.164, 6.1).
pub(super) const MAX_DIGITS: usize = 15;
/// Shorter than any number with its country code that a phone can have now.
pub(super) const MIN_DIGITS: usize = 7;

/// Longest text of digits that is parsed: a number with a trunk prefix and a few digits too many.
const MAX_WRITTEN_DIGITS: usize = 20;

/// A trunk zero that is written apart, because it is not dialled after a calling code.
const HOME_ZERO: &str = "(0)";

/// Countries whose own numbers never have the ten digits of an Ivorian one: the monetary union's
/// French-speaking members. (Benin has ten since 2024, all of which begin with 01.)
const NEIGHBOURS_OF_IVORY_COAST: [Region; 6] = [
    Region::BF,
    Region::BJ,
    Region::ML,
    Region::NE,
    Region::SN,
    Region::TG,
];
const IVORIAN_CALLING_CODE: &str = "225";
const IVORIAN_DIGITS: usize = 10;
/// The prefixes of ten-digit numbers of Ivory Coast alone (ARTCI's plan of 2021).
const IVORIAN_ONLY: [&str; 2] = ["05", "07"];
/// The prefix of ten-digit numbers of both Ivory Coast and Benin.
const IVORIAN_OR_BENINESE: &str = "01";

/// Calling codes that are accepted without a `+`: West Africa's. Others begin like national numbers.
const WEST_AFRICAN_CALLING_CODES: [&str; 16] = [
    "220", "221", "222", "223", "224", "225", "226", "227", "228", "229", "231", "232", "233",
    "234", "238", "245",
];

/// The digits of a number, and whether they include the country.
enum Written {
    WithCountry(String),
    WithoutCountry(String),
}

/// Reads exactly one number; the rules of [`numbers_in_cell`](super::numbers_in_cell).
pub(super) fn read_number(text: &str, region: Region) -> Result<E164, PhoneError> {
    let text = plain_text(text);
    let read = |text: &str| match written(text)? {
        Written::WithCountry(digits) => with_country(&digits),
        Written::WithoutCountry(digits) => without_country(&digits, region),
    };
    let as_written = read(&text);
    // The zero of `+226 (0) 70…` is dialled within the country only, if at all.
    match text.split_once(HOME_ZERO) {
        Some((code, rest)) if as_written.is_err() => read(&format!("{code}{rest}")).or(as_written),
        _ => as_written,
    }
}

/// Whether its country's numbering plan allows this number to be a mobile.
pub(super) fn may_be_mobile(number: &E164) -> bool {
    PHONE_NUMBER_UTIL
        .parse(number.expose(), None)
        .is_ok_and(|number| {
            matches!(
                number.get_type(),
                PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile
            )
        })
}

/// Removes the grouping signs.
fn written(text: &str) -> Result<Written, PhoneError> {
    let mut digits = String::with_capacity(MAX_WRITTEN_DIGITS);
    let mut has_plus = false;
    for sign in text.chars() {
        match sign {
            '0'..='9' => digits.push(sign),
            '+' if digits.is_empty() && !has_plus => has_plus = true,
            _ if groups_digits(sign) || sign.is_whitespace() => {}
            _ => return Err(PhoneError::NotANumber),
        }
    }
    if digits.is_empty() {
        return Err(PhoneError::NotANumber);
    }
    if digits.len() > MAX_WRITTEN_DIGITS {
        return Err(PhoneError::TooLong);
    }
    if let Some(after_prefix) = digits.strip_prefix("00") {
        return Ok(Written::WithCountry(after_prefix.to_owned()));
    }
    Ok(if has_plus {
        Written::WithCountry(digits)
    } else {
        Written::WithoutCountry(digits)
    })
}

/// Reads a number with its calling code: as it is, else in the form that its country renumbered it to, else without a
/// calling code that a form added to a number which had one.
fn with_country(digits: &str) -> Result<E164, PhoneError> {
    let as_written = international(digits);
    if as_written.is_ok() {
        return as_written;
    }
    if let Cow::Owned(renumbered) = lookup_form(digits) {
        return international(&renumbered);
    }
    if is_outdated(digits) {
        return Err(PhoneError::Outdated);
    }
    once_coded(digits)
        .and_then(|digits| international(digits).ok())
        .map_or(as_written, Ok)
}

fn without_country(digits: &str, region: Region) -> Result<E164, PhoneError> {
    let at_home = judge(PHONE_NUMBER_UTIL.parse(digits, Some(region.numbering_plan())));
    if at_home.is_ok() {
        return at_home;
    }
    if let Some(code) = region.calling_code() {
        let coded = format!("{code}{digits}");
        if let Cow::Owned(renumbered) = lookup_form(&coded)
            && let Ok(number) = international(&renumbered)
        {
            return Ok(number);
        }
        if is_outdated(&coded) {
            return Err(PhoneError::Outdated);
        }
    }
    if digits.len() == IVORIAN_DIGITS && NEIGHBOURS_OF_IVORY_COAST.contains(&region) {
        if IVORIAN_ONLY.iter().any(|start| digits.starts_with(start)) {
            return with_country(&format!("{IVORIAN_CALLING_CODE}{digits}"));
        }
        if digits.starts_with(IVORIAN_OR_BENINESE) {
            return Err(PhoneError::UnknownCountry);
        }
    }
    if WEST_AFRICAN_CALLING_CODES
        .iter()
        .any(|code| digits.starts_with(code))
    {
        let abroad = with_country(digits);
        // More digits than a national number has: it begins with the calling code of its country.
        return match at_home {
            Err(PhoneError::TooLong) => abroad,
            at_home => abroad.or(at_home),
        };
    }
    at_home
}

fn international(digits: &str) -> Result<E164, PhoneError> {
    judge(PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None))
}

/// The digits without the first of two calling codes: `226 226 70…` or `226 00226 70…`.
fn once_coded(digits: &str) -> Option<&str> {
    let (code, rest) = digits.split_at_checked(calling_code_digits(digits))?;
    let rest = rest.strip_prefix("00").unwrap_or(rest);
    (!code.is_empty() && rest.starts_with(code)).then_some(rest)
}

/// A number that can exist, or the reason why it cannot.
fn judge(parsed: Result<PhoneNumber, ParseError>) -> Result<E164, PhoneError> {
    let number = parsed.map_err(|error| match error {
        ParseError::InvalidCountryCode => PhoneError::UnknownCountry,
        ParseError::TooLongNsn => PhoneError::TooLong,
        // The text has digits only, so "not a number" can only mean too few of them.
        ParseError::NotANumber(_) | ParseError::TooShortAfterIdd | ParseError::TooShortNsn => {
            PhoneError::TooShort
        }
    })?;
    match number.is_possible_with_reason() {
        Ok(NumberLengthType::IsPossible) if number.is_valid() => {
            E164::parse_strict(&number.format_as(PhoneNumberFormat::E164))
        }
        Ok(NumberLengthType::IsPossible) | Err(ValidationError::InvalidLength) => {
            Err(PhoneError::UnknownRange)
        }
        Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
            Err(PhoneError::TooShort)
        }
        Err(ValidationError::TooLong) => Err(PhoneError::TooLong),
        Err(ValidationError::InvalidCountryCode) => Err(PhoneError::UnknownCountry),
    }
}
