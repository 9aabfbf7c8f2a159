//! A message of a customer (Meta, webhooks reference: messages).

use chrono::{DateTime, Utc};
use common::wire::{Identity, InboundContent};

use super::identity::{Contacts, identity};
use super::{system, words};
use crate::json::Node;
use crate::time::occurred_at;

/// The type of a message without one.
const UNKNOWN: &str = "unknown";

/// A parsed message.
pub(super) struct Inbound {
    pub(super) message_type: String,
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) content: InboundContent,
}

/// Whether an item is a customer's message, in whatever list. An item that names a recipient was sent by the business.
pub(super) fn looks_like_one(item: &Node<'_>) -> bool {
    let has = |key| item.get(key).is_some();
    has("id") && has("type") && (has("from") || has("from_user_id")) && !has("to")
}

/// Parses a message.
///
/// # Errors
/// When it has no id or sender, or its required text cannot be read; with the sender as far as it is known.
pub(super) fn read(
    item: &Node<'_>,
    contacts: &Contacts,
    received_at: DateTime<Utc>,
) -> Result<Inbound, Identity> {
    let message_type = item
        .get("type")
        .and_then(Node::label)
        .unwrap_or_else(|| UNKNOWN.to_owned());
    let identity_change = system::identity_change(&message_type, item);
    let shown = identity(item, "from", "from_user_id", "from_parent_user_id");
    let (shown, name) = contacts.complete(shown);
    let sender = match &identity_change {
        // Meta reports a new user id without the sender of the message.
        Some(change) if shown.is_empty() => change.current.clone(),
        _ => shown,
    };
    let named = |path: &[&str]| item.at(path).and_then(Node::name);
    let edited_wamid = named(&["edit", "original_message_id"]);
    let revoked_wamid = named(&["revoke", "original_message_id"]);
    let is_whole = message_type != "revoke" || revoked_wamid.is_some();
    match (named(&["id"]), words::words(&message_type, item)) {
        (Some(wamid), Some(words)) if !sender.is_empty() && is_whole => Ok(Inbound {
            occurred_at: occurred_at(item.get("timestamp"), received_at),
            content: InboundContent {
                wamid,
                sender,
                name,
                words,
                message: item.to_value(),
                identity_change,
                group_id: item.get("group_id").map(|id| id.name().unwrap_or_default()),
                revoked_wamid: revoked_wamid.filter(|_| message_type == "revoke"),
                edited_wamid: edited_wamid.filter(|_| message_type == "edit"),
            },
            message_type,
        }),
        _ => Err(sender),
    }
}
