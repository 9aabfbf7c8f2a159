//! Whom a message goes to: `to` with a phone number, or `recipient` with a BSUID; `to` wins (Meta,
//! messages reference; business-scoped user ids).

use super::envelope::{Envelope, required};
use crate::bsuid;
use crate::graph::error::GraphError;
use crate::state::world::{StoredNumber, digits};

/// E.164: at most 15 digits. The shortest numbers of any country have 7 with the country code.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
/// Fifteen digits with room for `+`, spaces and brackets; the limit is the simulator's own.
const LONGEST_WRITTEN: usize = 64;
const ALSO_ALLOWED: &[char] = &['+', ' ', '-', '(', ')', '.'];

/// A recipient, as named and as known to WhatsApp.
#[derive(Clone)]
pub(crate) struct Recipient {
    pub(crate) input: String,
    /// Absent when addressed by BSUID.
    pub(crate) wa_id: Option<String>,
    pub(crate) user_id: String,
}

impl Recipient {
    pub(crate) fn of(envelope: &Envelope, sender: &StoredNumber) -> Result<Self, GraphError> {
        if let Some(to) = envelope.text("to") {
            return Self::by_phone(to, sender);
        }
        let user_id = envelope.text("recipient").ok_or_else(|| required("to"))?;
        if !bsuid::is_bsuid(user_id) {
            let details = "The recipient is not a business-scoped user id.";
            return Err(GraphError::because(131_009, details));
        }
        Ok(Self {
            input: user_id.to_owned(),
            wa_id: None,
            user_id: user_id.to_owned(),
        })
    }

    /// How the simulator tells clients apart: the phone number, or the BSUID without one.
    pub(crate) fn key(&self) -> &str {
        self.wa_id.as_deref().unwrap_or(&self.user_id)
    }

    /// Without `+` a number that does not begin with the sender's country code is read as local
    /// to the sender's country.
    fn by_phone(to: &str, sender: &StoredNumber) -> Result<Self, GraphError> {
        let written = to.len() <= LONGEST_WRITTEN
            && to
                .chars()
                .all(|c| c.is_ascii_digit() || ALSO_ALLOWED.contains(&c));
        let mut wa_id = digits(to);
        let country = &sender.facts.country_code;
        if !to.trim_start().starts_with('+') && !wa_id.starts_with(country.as_str()) {
            wa_id.insert_str(0, country);
        }
        if !written || !DIGITS.contains(&wa_id.len()) || wa_id.starts_with('0') {
            let details = "The recipient's phone number is not valid.";
            return Err(GraphError::because(131_009, details));
        }
        if wa_id == sender.digits {
            return Err(GraphError::of(131_021));
        }
        let user_id = bsuid::of_phone(&sender.waba_id, &wa_id);
        Ok(Self {
            input: to.to_owned(),
            wa_id: Some(wa_id),
            user_id,
        })
    }
}
