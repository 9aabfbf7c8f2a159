//! System messages: the identifiers of a person changed (Meta, webhooks reference: system messages).

use common::wire::{Identity, IdentityChange, IdentityChangeKind};

use super::identity::identity;
use crate::json::Node;

/// The change of the person's identifiers; `None` for other system messages.
pub(super) fn identity_change(message_type: &str, message: &Node<'_>) -> Option<IdentityChange> {
    let system = message.get("system").filter(|_| message_type == "system")?;
    let kind = match system.get("type").and_then(Node::label)?.as_str() {
        "user_changed_number" => IdentityChangeKind::NumberChanged,
        "user_changed_user_id" => IdentityChangeKind::UserIdChanged,
        _ => return None,
    };
    let current = identity(system, "wa_id", "user_id", "parent_user_id");
    let scoped = identity(system, "", "previous_user_id", "previous_parent_user_id");
    // The sender of the message is still the former number.
    let number = identity(message, "from", "", "").wa_id;
    let number = number.filter(|number| {
        kind == IdentityChangeKind::NumberChanged && Some(number) != current.wa_id.as_ref()
    });
    let previous = Identity {
        wa_id: number,
        ..scoped
    };
    Some(IdentityChange {
        kind,
        previous,
        current,
    })
}
