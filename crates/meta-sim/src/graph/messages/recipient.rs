//! The recipient of a message: `to` with a phone number, or `recipient` with a BSUID; `to` takes precedence (Meta,
//! messages reference; business-scoped user ids).

use super::envelope::{Envelope, required};
use crate::bsuid;
use crate::graph::error::GraphError;
use crate::number_plan::wa_id_of;
use crate::state::accounts::{StoredNumber, digits};
use crate::state::people::{People, Person};

/// E.164: at most 15 digits. The shortest numbers of any country have 7 with the country code.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Fifteen digits plus `+`, spaces and brackets; the limit is the simulator's own.
const LONGEST_WRITTEN: usize = 64;
const ALSO_ALLOWED: &[char] = &['+', ' ', '-', '(', ')', '.'];

/// How a message named its recipient; the answer and the webhooks name them in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    Phone,
    UserId,
}

/// A recipient, as named in the request and as known to WhatsApp.
#[derive(Clone)]
pub(crate) struct Recipient {
    pub(crate) input: String,
    pub(crate) address: Address,
    pub(crate) person: Person,
    /// False for an identifier of no known person: such a message is accepted and fails with 131026.
    pub(crate) exists: bool,
}

impl Recipient {
    pub(crate) fn of(
        envelope: &Envelope,
        sender: &StoredNumber,
        people: &People,
    ) -> Result<Self, GraphError> {
        if let Some(to) = envelope.text("to") {
            return match bsuid::is_bsuid(to) {
                true => Ok(Self::misplaced_user_id(to)),
                false => Self::by_phone(to, sender, people),
            };
        }
        let user_id = envelope.text("recipient").ok_or_else(|| required("to"))?;
        if !bsuid::is_bsuid(user_id) {
            let details = "The recipient is not a business-scoped user id.";
            return Err(GraphError::because(131_009, details));
        }
        let known = people.by_user_id(&sender.business_id, user_id);
        Ok(Self {
            input: user_id.to_owned(),
            address: Address::UserId,
            exists: known.is_some(),
            person: known.unwrap_or_else(|| Person::of_user_id(user_id)),
        })
    }

    /// The key by which the simulator distinguishes clients.
    pub(crate) fn client(&self) -> &str {
        &self.person.user_id
    }

    /// Without `+` a number that does not begin with the sender's country code is local to the sender's country.
    fn by_phone(to: &str, sender: &StoredNumber, people: &People) -> Result<Self, GraphError> {
        let written = to.len() <= LONGEST_WRITTEN
            && to
                .chars()
                .all(|c| c.is_ascii_digit() || ALSO_ALLOWED.contains(&c));
        let mut number = digits(to);
        let country = &sender.facts.country_code;
        if !to.trim_start().starts_with('+') && !number.starts_with(country.as_str()) {
            number.insert_str(0, country);
        }
        if !written || !DIGITS.contains(&number.len()) || number.starts_with('0') {
            let details = "The recipient's phone number is not valid.";
            return Err(GraphError::because(131_009, details));
        }
        let wa_id = wa_id_of(&number);
        if wa_id == sender.digits {
            return Err(GraphError::of(131_021));
        }
        Ok(Self {
            input: to.to_owned(),
            address: Address::Phone,
            person: people.by_phone(&sender.business_id, &wa_id),
            exists: true,
        })
    }

    /// A BSUID in `to` loses its country, and the rest is treated as an unassigned phone number (observed in
    /// production).
    fn misplaced_user_id(to: &str) -> Self {
        let number = digits(to);
        Self {
            input: to.to_owned(),
            address: Address::Phone,
            person: Person {
                wa_id: Some(number),
                ..Person::of_user_id(to)
            },
            exists: false,
        }
    }
}
