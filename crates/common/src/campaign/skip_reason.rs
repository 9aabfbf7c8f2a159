//! Why a row of a client's file gets no message: stored, counted, and explained to the shop owner.
//!
//! The numbers are stored in the database and the texts are part of the API: neither changes its meaning, and a code
//! that is no longer used is not assigned again.

use crate::phone::PhoneError;

/// Why a row of an audience is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipReason {
    /// The phone cell is empty.
    NoNumber,
    /// The phone cell holds no phone number.
    NotANumber,
    /// The number has too few digits.
    TooShort,
    /// The number has too many digits.
    TooLong,
    /// The country of the number is unknown or ambiguous.
    UnknownCountry,
    /// No operator of the country gives out such numbers.
    UnknownRange,
    /// A spreadsheet rounded the number.
    DigitsLost,
    /// The number is from before its country renumbered.
    Outdated,
    /// An earlier row of the same file has the same number.
    Duplicate,
    /// The file says that this client does not want messages.
    OptedOut,
    /// The file has a column for the client's consent, and its value here is neither yes nor no.
    ConsentUnclear,
    /// The client opted out earlier, and the opt-out is stored.
    Suppressed,
    /// A value that the template needs is empty.
    MissingVariable,
    /// A value that the template needs has line breaks, tabs or many spaces, which Meta refuses, or is not of its kind: no
    /// time in the future, no degrees, too long.
    VariableInvalid,
    /// The row does not have the columns of the header.
    MalformedRow,
}

impl SkipReason {
    /// Every reason, in the order of their codes.
    pub const ALL: [Self; 15] = [
        Self::NoNumber,
        Self::NotANumber,
        Self::TooShort,
        Self::TooLong,
        Self::UnknownCountry,
        Self::UnknownRange,
        Self::DigitsLost,
        Self::Outdated,
        Self::Duplicate,
        Self::OptedOut,
        Self::ConsentUnclear,
        Self::Suppressed,
        Self::MissingVariable,
        Self::VariableInvalid,
        Self::MalformedRow,
    ];

    /// The code of the reason in the database.
    pub const fn code(self) -> i16 {
        match self {
            Self::NoNumber => 1,
            Self::NotANumber => 2,
            Self::TooShort => 3,
            Self::TooLong => 4,
            Self::UnknownCountry => 5,
            Self::UnknownRange => 6,
            Self::DigitsLost => 7,
            Self::Outdated => 8,
            Self::Duplicate => 20,
            Self::OptedOut => 30,
            Self::ConsentUnclear => 31,
            Self::Suppressed => 32,
            Self::MissingVariable => 40,
            Self::VariableInvalid => 41,
            Self::MalformedRow => 50,
        }
    }

    /// The reason of a code; `None` for a code that is not in use.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The reason's stable value in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoNumber => "no_number",
            Self::NotANumber => "not_a_number",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::UnknownCountry => "unknown_country",
            Self::UnknownRange => "unknown_range",
            Self::DigitsLost => "digits_lost",
            Self::Outdated => "outdated",
            Self::Duplicate => "duplicate",
            Self::OptedOut => "opted_out",
            Self::ConsentUnclear => "consent_unclear",
            Self::Suppressed => "suppressed",
            Self::MissingVariable => "missing_variable",
            Self::VariableInvalid => "variable_invalid",
            Self::MalformedRow => "malformed_row",
        }
    }

    /// One sentence for a shop owner: what is wrong, and what to do, where something can be done.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::NoNumber => "There is no phone number in this row.",
            Self::NotANumber => "The phone column of this row does not hold a phone number.",
            Self::TooShort => "The phone number has too few digits.",
            Self::TooLong => "The phone number has too many digits.",
            Self::UnknownCountry => {
                "The phone number does not say which country it is from: write it with its country code, such as +225."
            }
            Self::UnknownRange => {
                "No operator gives out phone numbers that begin like this one. If it is of another country, write it with its country code, such as +229."
            }
            Self::DigitsLost => {
                "The spreadsheet rounded this phone number and its last digits are lost: format the column as text, type the number again and save."
            }
            Self::Outdated => {
                "This phone number is from before its country gave its numbers more digits, as Ivory Coast did in 2021 (8 to 10 digits): ask the client for the new number."
            }
            Self::Duplicate => {
                "An earlier row has the same phone number, and each client gets one message."
            }
            Self::OptedOut => "Your file says that this client does not want messages.",
            Self::ConsentUnclear => {
                "Your file does not say whether this client agreed to get messages: write oui or non."
            }
            Self::Suppressed => "This client asked earlier to get no more messages from you.",
            Self::MissingVariable => {
                "A value that the message needs, such as the first name, is empty in this row."
            }
            Self::VariableInvalid => {
                "A value that the message needs has a line break, a tab or more than four spaces in a row, which WhatsApp \
                 refuses, or it is too long, or it is not the time, number or code that the template asks for."
            }
            Self::MalformedRow => {
                "This row does not have the same columns as the first row of the file."
            }
        }
    }
}

impl From<PhoneError> for SkipReason {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::Empty => Self::NoNumber,
            PhoneError::NotANumber => Self::NotANumber,
            PhoneError::TooShort => Self::TooShort,
            PhoneError::TooLong => Self::TooLong,
            PhoneError::UnknownCountry => Self::UnknownCountry,
            PhoneError::UnknownRange => Self::UnknownRange,
            PhoneError::DigitsLost => Self::DigitsLost,
            PhoneError::Outdated => Self::Outdated,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::SkipReason;

    #[test]
    fn every_code_leads_back_to_its_reason() {
        for reason in SkipReason::ALL {
            assert_eq!(SkipReason::from_code(reason.code()), Some(reason));
        }
        assert_eq!(SkipReason::from_code(0), None);
    }

    #[test]
    fn every_word_is_used_once() {
        let words: BTreeSet<&str> = SkipReason::ALL
            .iter()
            .map(|reason| reason.as_str())
            .collect();
        assert_eq!(words.len(), SkipReason::ALL.len());
    }
}
