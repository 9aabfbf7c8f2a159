//! Why a text is not a phone number that can be messaged.
//!
//! The codes are part of the API and of stored import reports: they never change. No variant holds the text, because a
//! text that is almost a number is personal data too.

use thiserror::Error;

/// Why a text could not be read as one phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum PhoneError {
    /// Blanks only.
    #[error("the phone number is empty")]
    Empty,
    /// Letters, signs, or several numbers where one was expected.
    #[error("the text is not a phone number")]
    NotANumber,
    /// Fewer digits than any number of its country has.
    #[error("the phone number has too few digits")]
    TooShort,
    /// More digits than any number of its country has.
    #[error("the phone number has too many digits")]
    TooLong,
    /// No country has this calling code, or the number is valid in several countries and has no country code.
    #[error("the phone number does not say which country it belongs to")]
    UnknownCountry,
    /// The length is right, but no operator of the country gives out such numbers.
    #[error("no operator gives out phone numbers like this one")]
    UnknownRange,
    /// A spreadsheet rounded the number (`2.2670E+10`): the missing digits cannot be recovered.
    #[error("a spreadsheet rounded the phone number and its last digits are lost")]
    DigitsLost,
    /// The number is from before its country renumbered, and its new form cannot be derived.
    #[error("the phone number is from before its country changed its numbers; ask for the new one")]
    Outdated,
}

impl PhoneError {
    /// The stable code, in snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotANumber => "not_a_number",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::UnknownCountry => "unknown_country",
            Self::UnknownRange => "unknown_range",
            Self::DigitsLost => "digits_lost",
            Self::Outdated => "outdated",
        }
    }
}
