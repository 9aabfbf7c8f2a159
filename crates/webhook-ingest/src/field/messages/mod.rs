//! A value of a number: statuses of sent messages, inbound messages, and preferences (Meta, webhooks reference:
//! messages, `user_preferences`).
//!
//! The kind of an item is that of its list; in a list whose key cannot be read, it is recognised by its shape. An item
//! with the shape of a customer's message is one in any list.

mod identity;
mod inbound;
mod preference;
mod status;
mod system;
mod words;

use common::ids::PhoneNumberId;
use common::wire::{
    Event, EventKind, Identity, InboundUnreadable, MessageReceived, PreferenceChanged,
    UnreadableDetail,
};
use sealing::{SealError, TransitKey};
use serde::Serialize;

use super::{Above, Translation};
use crate::json::Node;
use crate::unreadable::Part;
use identity::Contacts;

/// The number of a value.
pub(super) fn number_of(value: &Node<'_>) -> Option<PhoneNumberId> {
    let metadata = value.all("metadata");
    let ids = metadata.filter_map(|metadata| metadata.get("phone_number_id"));
    ids.filter_map(Node::parsed).last()
}

/// Adds the events of one value.
///
/// # Errors
/// When a value cannot be sealed.
pub(super) fn translate(
    into: &mut Translation<'_>,
    above: &Above<'_>,
    number: &PhoneNumberId,
    value: &Node<'_>,
) -> Result<(), SealError> {
    let mut items = Items {
        contacts: Contacts::of(value),
        above,
        number,
        into,
    };
    for (key, list) in value.members() {
        for item in list.items() {
            items.translate(key, item)?;
        }
    }
    Ok(())
}

/// The items of one value.
struct Items<'i, 't> {
    contacts: Contacts,
    above: &'i Above<'i>,
    number: &'i PhoneNumberId,
    into: &'i mut Translation<'t>,
}

impl Items<'_, '_> {
    fn translate(&mut self, key: &str, item: &Node<'_>) -> Result<(), SealError> {
        match key {
            "messages" => self.message(item),
            "metadata" => Ok(()),
            // Checked first: even in a list of another kind it may be an opt-out.
            _ if inbound::looks_like_one(item) => self.message(item),
            "statuses" => self.status(item),
            "user_preferences" => self.preference(item),
            "errors" => {
                self.log_error(item);
                Ok(())
            }
            "contacts" => Ok(()),
            _ if status::looks_like_one(item) => self.status(item),
            _ if preference::looks_like_one(item) => self.preference(item),
            _ => Ok(()),
        }
    }

    fn message(&mut self, item: &Node<'_>) -> Result<(), SealError> {
        match inbound::read(item, &self.contacts, self.into.received_at) {
            Ok(read) => {
                let kind = EventKind::MessageReceived(MessageReceived {
                    message_type: read.message_type,
                    occurred_at: read.occurred_at,
                    sealed: seal(self.into.transit, "inbound", &read.content)?,
                });
                self.into.translated.inbound.push(self.event(kind));
                Ok(())
            }
            Err(sender) => self.held_back(Part::Message, sender),
        }
    }

    fn preference(&mut self, item: &Node<'_>) -> Result<(), SealError> {
        match preference::read(item, &self.contacts, self.into.received_at) {
            Ok(read) => {
                let kind = EventKind::PreferenceChanged(PreferenceChanged {
                    occurred_at: read.occurred_at,
                    category: read.category,
                    value: read.value,
                    sealed: seal(self.into.transit, "preference", &read.detail)?,
                });
                self.into.translated.inbound.push(self.event(kind));
                Ok(())
            }
            Err(person) => self.held_back(Part::Preference, person),
        }
    }

    fn status(&mut self, item: &Node<'_>) -> Result<(), SealError> {
        let transit = self.into.transit;
        let seal = |detail: &_| seal(transit, "status", detail);
        match status::read(item, &self.contacts, self.into.received_at, seal)? {
            Some(status) => {
                let event = self.event(EventKind::StatusReported(status));
                self.into.translated.statuses.push(event);
            }
            None => self.into.unreadable(Part::Status),
        }
        Ok(())
    }

    /// An unreadable item may be an opt-out: its sender gets no marketing until it was read.
    fn held_back(&mut self, part: Part, person: Identity) -> Result<(), SealError> {
        self.into.unreadable(part);
        if person.is_empty() {
            return Ok(());
        }
        let detail = UnreadableDetail { sender: person };
        let kind = EventKind::InboundUnreadable(InboundUnreadable {
            received_at: self.into.received_at,
            sealed: seal(self.into.transit, "unreadable", &detail)?,
        });
        self.into.translated.inbound.push(self.event(kind));
        Ok(())
    }

    /// An error of the number itself, not of a message. Meta's title is free text and may name people.
    fn log_error(&self, error: &Node<'_>) {
        let code: Option<i64> = error.get("code").and_then(Node::parsed);
        tracing::warn!(phone_number.id = %self.number, error.code = code, "Meta reports an error of the number");
    }

    fn event(&self, kind: EventKind) -> Event {
        Event {
            waba_id: self.above.waba_id.clone(),
            phone_number_id: Some(self.number.clone()),
            kind,
        }
    }
}

/// The JSON of a detail, sealed for RabbitMQ.
fn seal<T: Serialize>(
    transit: &TransitKey,
    purpose: &str,
    detail: &T,
) -> Result<Vec<u8>, SealError> {
    // Serialising these types cannot fail: their keys are strings and none of their parts is fallible.
    transit.seal(purpose, &serde_json::to_vec(detail).unwrap_or_default())
}
