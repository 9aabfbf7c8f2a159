//! What spreadsheets make of a phone number that they took for a quantity.
//!
//! `2.2670123456E+10` still holds every digit; `2.2670E+10` does not, and no rule can bring them back.
//! `70123456.0` is how programs that read a column as decimal numbers write it again.

use super::PhoneError;

/// Fewer digits before `.0` are more likely groups of a number than a whole one.
const MIN_DECIMAL_DIGITS: usize = 8;

/// The digits of a quantity, or `None` when the text is not written as one.
///
/// A mantissa shorter than its exponent asks for is `DigitsLost`, whatever its digits are.
pub(super) fn digits(text: &str) -> Option<Result<String, PhoneError>> {
    match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => scientific(mantissa, exponent),
        None => decimal(text).map(Ok),
    }
}

fn scientific(mantissa: &str, exponent: &str) -> Option<Result<String, PhoneError>> {
    let mantissa = mantissa.strip_prefix('+').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    if !all_digits(whole) || !(fraction.is_empty() || all_digits(fraction)) || !all_digits(exponent)
    {
        return None;
    }
    let Ok(places) = exponent.parse::<usize>() else {
        return Some(Err(PhoneError::NotANumber));
    };
    let Some((shifted, rest)) = fraction.split_at_checked(places) else {
        return Some(Err(PhoneError::DigitsLost));
    };
    if rest.bytes().any(|byte| byte != b'0') {
        return Some(Err(PhoneError::NotANumber));
    }
    Some(Ok(format!("{whole}{shifted}")))
}

fn decimal(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(['.', ','])?;
    let whole = whole.replace(' ', "");
    let is_whole = matches!(fraction, "0" | "00");
    (is_whole && whole.len() >= MIN_DECIMAL_DIGITS && all_digits(&whole)).then_some(whole)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
