//! Phone numbers that a spreadsheet converted to quantities.
//!
//! `2.2670123456E+10` still holds every digit; `2.2670E+10` does not, and they cannot be recovered. Programs that read
//! a column as decimal numbers write `70123456.0`.

use super::PhoneError;

/// With fewer digits before `.0` the text is more likely a group of a number than a whole number.
const MIN_DECIMAL_DIGITS: usize = 8;

/// The digits of a quantity, or `None` when the text is not written as one.
///
/// A mantissa shorter than its exponent requires is `DigitsLost`, whatever its digits are.
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
