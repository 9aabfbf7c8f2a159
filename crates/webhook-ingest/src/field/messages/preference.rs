//! A marketing preference of a person (Meta, webhooks reference: `user_preferences`).

use chrono::{DateTime, Utc};
use common::wire::{Identity, PreferenceDetail};

use super::identity::{Contacts, identity};
use crate::json::Node;
use crate::time::occurred_at;

/// A parsed preference.
pub(super) struct Preference {
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) category: String,
    pub(super) value: String,
    pub(super) detail: PreferenceDetail,
}

/// Whether an item is a preference, in whatever list.
pub(super) fn looks_like_one(item: &Node<'_>) -> bool {
    let has = |key| item.get(key).is_some();
    has("category") && has("value") && (has("wa_id") || has("user_id"))
}

/// Parses a preference.
///
/// # Errors
/// When it has no choice or no person; with the person as far as it is known.
pub(super) fn read(
    item: &Node<'_>,
    contacts: &Contacts,
    received_at: DateTime<Utc>,
) -> Result<Preference, Identity> {
    let person = identity(item, "wa_id", "user_id", "parent_user_id");
    let (person, _) = contacts.complete(person);
    let label = |key| item.get(key).and_then(Node::label);
    match (label("category"), label("value")) {
        (Some(category), Some(value)) if !person.is_empty() => Ok(Preference {
            occurred_at: occurred_at(item.get("timestamp"), received_at),
            category,
            value: value.to_ascii_lowercase(),
            detail: PreferenceDetail { person },
        }),
        _ => Err(person),
    }
}
