//! The recipient of a call: `to` with a number or `recipient` with a user id of Meta's, never both.
//!
//! A number of no numbering plan is refused, unless a customer of the business is stored under it: a customer who wrote
//! can get a reply. Only this check queries the database.

use common::phone::{E164, PhoneError, Region};
use common::recipient::{Bsuid, Recipient};

use crate::problem::{Problem, ProblemCode};

const WITH_USER_ID: &str = "is a business-scoped user id: give it as recipient instead of to";

/// A recipient as given in a call.
pub(super) struct NamedRecipient {
    pub(super) recipient: Recipient,
    /// Why the number is refused unless a customer of the business is stored under it.
    pub(super) unlisted: Option<Problem>,
}

/// The recipient that is given, or the problem with its fields.
pub(super) fn read_recipient(
    to: Option<&str>,
    recipient: Option<&str>,
    region: Region,
) -> Result<NamedRecipient, Problem> {
    match (to, recipient) {
        (Some(to), None) => read_number(to, region),
        (None, Some(id)) => match Bsuid::parse(id) {
            Ok(id) => Ok(NamedRecipient {
                recipient: id.into(),
                unlisted: None,
            }),
            Err(error) => {
                Err(Problem::new(ProblemCode::RecipientInvalid).at("/recipient", error.to_string()))
            }
        },
        (Some(_), Some(_)) => Err(Problem::body(
            "/recipient",
            "cannot be given with /to: a message has one recipient",
        )),
        (None, None) => Err(Problem::body(
            "/to",
            "is missing, and so is /recipient: give one of the two",
        )),
    }
}

fn read_number(to: &str, region: Region) -> Result<NamedRecipient, Problem> {
    let refused = |detail: String| Problem::new(ProblemCode::RecipientInvalid).at("/to", detail);
    if Bsuid::parse(to).is_ok() {
        return Err(refused(WITH_USER_ID.to_owned()));
    }
    match (E164::parse(to, region), wa_id(to)) {
        (Ok(number), _) => Ok(NamedRecipient {
            recipient: number.into(),
            unlisted: None,
        }),
        (Err(error), Some(number)) => Ok(NamedRecipient {
            recipient: number.into(),
            unlisted: Some(refused(error.to_string())),
        }),
        (Err(error), None) => Err(refused(error.to_string())),
    }
}

/// The recipient in a filter: a user id, a number of a numbering plan, or a number that only Meta uses. Others match
/// nothing.
pub(super) fn read_sought(text: &str, region: Region) -> Result<Recipient, PhoneError> {
    if let Ok(id) = Bsuid::parse(text.trim()) {
        return Ok(id.into());
    }
    let number = E164::parse(text, region);
    number
        .or_else(|error| wa_id(text).ok_or(error))
        .map(Recipient::from)
}

/// The text as a number of Meta's, with its country code, whatever the grouping of its digits.
fn wa_id(text: &str) -> Option<E164> {
    let groups = |sign: char| sign.is_whitespace() || matches!(sign, '-' | '.' | '(' | ')');
    let digits: String = text.chars().filter(|sign| !groups(*sign)).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    E164::from_wa_id(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(to: Option<&str>, recipient: Option<&str>) -> Result<(String, bool), Problem> {
        let named = read_recipient(to, recipient, Region::BF)?;
        Ok((
            named.recipient.as_stored().to_owned(),
            named.unlisted.is_some(),
        ))
    }

    #[test]
    fn numbers_of_the_plan_are_taken_and_metas_are_asked_for() {
        for (to, stored, is_unlisted) in [
            ("70 11 22 33", "+22670112233", false),
            ("+229 97 12 34 56", "+2290197123456", false),
            ("22697123456", "+22697123456", true),
            ("+225 60 12 34 56", "+22560123456", true),
            ("00 225 60.12.34.56", "+22560123456", true),
        ] {
            let read = read(Some(to), None).unwrap();
            assert_eq!(read, (stored.to_owned(), is_unlisted), "{to}");
        }
        for to in [
            "",
            "Awa",
            "70 11 22",
            "2,2670E+10",
            "70 11 22 33 / 76 54 32 10",
        ] {
            let code = read(Some(to), None).unwrap_err().code();
            assert_eq!(code, ProblemCode::RecipientInvalid, "{to}");
        }
    }

    #[test]
    fn a_message_has_exactly_one_recipient() {
        let id = "BF.13491208655302741918";
        assert_eq!(read(None, Some(id)).unwrap(), (id.to_owned(), false));
        for (to, recipient, code) in [
            (Some("70112233"), Some(id), ProblemCode::BodyInvalid),
            (None, None, ProblemCode::BodyInvalid),
            (Some(id), None, ProblemCode::RecipientInvalid),
            (None, Some("+22670112233"), ProblemCode::RecipientInvalid),
            (None, Some("awa.traore"), ProblemCode::RecipientInvalid),
            (None, Some(""), ProblemCode::RecipientInvalid),
        ] {
            assert_eq!(read(to, recipient).unwrap_err().code(), code);
        }
    }

    #[test]
    fn a_person_is_sought_by_whatever_may_name_one() {
        for (text, stored) in [
            ("75000000", "+22675000000"),
            (" 226 75 00 00 00", "+22675000000"),
            ("22997123456", "+2290197123456"),
            ("22560123456", "+22560123456"),
            ("BF.1349", "BF.1349"),
        ] {
            let sought = read_sought(text, Region::BF).unwrap();
            assert_eq!(sought.as_stored(), stored, "{text}");
        }
        assert!(read_sought("Awa", Region::BF).is_err());
    }
}
