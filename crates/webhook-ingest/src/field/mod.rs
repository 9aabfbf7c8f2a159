//! Parses a webhook: from entries, changes and values down to the items, each of which is parsed by itself.
//!
//! One module for each field that is translated; other documented fields are counted by name. Parsing never depends on
//! a key alone: the object with the number and its items is recognised anywhere, because an unreadable field or key
//! must not lose an opt-out below it.

mod documented;
mod limits;
mod messages;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod people;
#[cfg(test)]
mod template_tests;
mod templates;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use common::ids::WabaId;
use common::wire::{Event, EventKind};
use sealing::{SealError, TransitKey};

use crate::json::{self, Node};
use crate::unreadable::{Part, Unreadable};
use documented::{
    BUSINESS_CAPABILITY, MESSAGES, NUMBER_QUALITY, PREFERENCES, TEMPLATE_CATEGORY,
    TEMPLATE_COMPONENTS, TEMPLATE_DETECTION, TEMPLATE_QUALITY, TEMPLATE_STATUS,
};

/// The events of one webhook by queue, and its unreadable parts.
#[derive(Default)]
pub(crate) struct Translated {
    pub(crate) statuses: Vec<Event>,
    pub(crate) inbound: Vec<Event>,
    pub(crate) unreadable: Unreadable,
}

/// Turns webhooks into events.
#[derive(Clone)]
pub(crate) struct Translator {
    transit: TransitKey,
}

/// The state of translating one webhook.
struct Translation<'t> {
    transit: &'t TransitKey,
    received_at: DateTime<Utc>,
    translated: Translated,
}

/// The parents of a value.
struct Above<'n> {
    waba_id: Option<WabaId>,
    /// Absent for the field `messages`, whose items have their own times.
    time: Option<&'n Node<'n>>,
}

impl Translator {
    pub(crate) const fn new(transit: TransitKey) -> Self {
        Self { transit }
    }

    /// The events of a webhook; any input is accepted.
    ///
    /// # Errors
    /// When a value cannot be sealed.
    pub(crate) fn translate(
        &self,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> Result<Translated, SealError> {
        let mut translation = Translation {
            transit: &self.transit,
            received_at,
            translated: Translated::default(),
        };
        let (root, is_json) = json::parse(body);
        if !is_json {
            translation.unreadable(Part::Json);
        }
        if root.items().is_empty() {
            translation.unreadable(Part::Payload);
        }
        for payload in root.items() {
            translation.payload(payload)?;
        }
        Ok(translation.translated)
    }
}

impl Translation<'_> {
    fn payload(&mut self, payload: &Node<'_>) -> Result<(), SealError> {
        let entries = payload.members().iter();
        let mut entries = entries
            .filter(|(key, node)| key == "entry" || node.is_container())
            .peekable();
        if entries.peek().is_none() {
            self.unreadable(Part::Payload);
        }
        for entry in entries.flat_map(|(_, entries)| entries.items()) {
            self.entry(entry)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Node<'_>) -> Result<(), SealError> {
        if !entry.is_object() {
            self.unreadable(Part::Entry);
        }
        let above = Above {
            waba_id: entry.get("id").and_then(Node::parsed),
            time: entry.get("time"),
        };
        let changes = entry.members().iter();
        let changes = changes.filter(|(key, node)| key == "changes" || node.is_container());
        for change in changes.flat_map(|(_, changes)| changes.items()) {
            self.change(&above, change)?;
        }
        Ok(())
    }

    fn change(&mut self, above: &Above<'_>, change: &Node<'_>) -> Result<(), SealError> {
        if !change.is_object() {
            self.unreadable(Part::Change);
            return Ok(());
        }
        let field = change.get("field").and_then(Node::name);
        let field = field.as_deref().unwrap_or_default();
        documented::count(field);
        let values = change.members().iter();
        let mut values = values
            .filter(|(key, node)| key == "value" || node.is_container())
            .peekable();
        if values.peek().is_none() && matches!(field, MESSAGES | PREFERENCES) {
            self.unreadable(Part::Value);
        }
        for (_, value) in values {
            let several = match value {
                Node::List(values) => values.as_slice(),
                one => std::slice::from_ref(one),
            };
            for value in several {
                self.value(above, field, value)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, above: &Above<'_>, field: &str, value: &Node<'_>) -> Result<(), SealError> {
        match field {
            NUMBER_QUALITY | BUSINESS_CAPABILITY => limits::translate(self, above, value),
            TEMPLATE_STATUS | TEMPLATE_QUALITY | TEMPLATE_COMPONENTS | TEMPLATE_CATEGORY
            | TEMPLATE_DETECTION => templates::translate(self, above, field, value),
            MESSAGES | PREFERENCES => self.of_number(above, value, true)?,
            other if documented::is_documented(other) => {}
            _ => self.of_number(above, value, false)?,
        }
        Ok(())
    }

    /// Parses a value of a number. In an unknown field it has to have the shape of one.
    fn of_number(
        &mut self,
        above: &Above<'_>,
        value: &Node<'_>,
        is_expected: bool,
    ) -> Result<(), SealError> {
        match messages::number_of(value) {
            Some(number) => messages::translate(self, above, &number, value),
            None => {
                if is_expected {
                    self.unreadable(Part::Value);
                }
                Ok(())
            }
        }
    }

    fn unreadable(&mut self, part: Part) {
        self.translated.unreadable.add(part);
    }
}

impl Above<'_> {
    /// An event of the account as a whole; `None` when the account is not known.
    fn event(&self, kind: EventKind) -> Option<Event> {
        self.waba_id.clone().map(|waba_id| Event {
            waba_id: Some(waba_id),
            phone_number_id: None,
            kind,
        })
    }
}
