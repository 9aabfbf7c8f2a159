//! The field `messages`: statuses of what was sent, and what clients wrote (Meta, webhooks reference: messages).

mod inbound;
mod status;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use common::ids::{PhoneNumberId, WabaId};
use common::wire::{Event, EventKind};
use sealing::{SealError, TransitKey};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::field::{Translated, unreadable};
use crate::payload::id;

/// The value of the field. Items stay raw, so that each is read on its own.
#[derive(Deserialize)]
struct Value<'a> {
    #[serde(borrow, default)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow, default)]
    contacts: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    messages: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    statuses: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    errors: Vec<ChannelError<'a>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    phone_number_id: Option<&'a RawValue>,
}

/// An error of the number itself, without a message.
#[derive(Deserialize)]
struct ChannelError<'a> {
    #[serde(default)]
    code: i64,
    #[serde(borrow, default)]
    title: Option<Cow<'a, str>>,
}

/// What an item says, or that it says nothing that can be used.
struct Unreadable;

/// Adds the events of one value.
///
/// # Errors
/// When a value cannot be sealed. An item that cannot be read is counted and left out; the others are kept.
pub(super) fn translate(
    transit: &TransitKey,
    waba_id: Option<&WabaId>,
    value: &RawValue,
    into: &mut Translated,
) -> Result<(), SealError> {
    let Ok(value) = serde_json::from_str::<Value<'_>>(value.get()) else {
        unreadable("value");
        return Ok(());
    };
    let phone_number_id: Option<PhoneNumberId> =
        id(value.metadata.and_then(|metadata| metadata.phone_number_id));
    let Some(phone_number_id) = phone_number_id else {
        unreadable("value");
        return Ok(());
    };
    let event = |kind| Event {
        waba_id: waba_id.cloned(),
        phone_number_id: Some(phone_number_id.clone()),
        kind,
    };
    for error in &value.errors {
        let (code, title) = (error.code, error.title.as_deref().unwrap_or_default());
        tracing::warn!(phone_number.id = %phone_number_id, error.code = code, error.title = title, "Meta reports an error of the number");
    }
    for raw in value.statuses {
        match status::read(transit, raw)? {
            Ok(status) => into.statuses.push(event(EventKind::StatusReported(status))),
            Err(Unreadable) => unreadable("status"),
        }
    }
    for raw in value.messages {
        match inbound::read(transit, raw, &value.contacts)? {
            Ok(message) => into
                .inbound
                .push(event(EventKind::MessageReceived(message))),
            Err(Unreadable) => unreadable("message"),
        }
    }
    Ok(())
}

/// JSON of a detail, sealed for the journey through the broker.
fn seal<T: Serialize>(
    transit: &TransitKey,
    purpose: &str,
    detail: &T,
) -> Result<Vec<u8>, SealError> {
    // Serialising these types cannot fail: their keys are text and nothing in them is fallible.
    transit.seal(purpose, &serde_json::to_vec(detail).unwrap_or_default())
}
