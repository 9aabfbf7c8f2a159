//! A status of a message (Meta, webhooks reference: statuses).

use chrono::{DateTime, Utc};
use common::message::OpaqueId;
use common::wire::{Identity, StatusDetail, StatusReported};
use sealing::SealError;
use serde_json::Value;

use super::identity::{Contacts, identity};
use crate::json::Node;
use crate::time::occurred_at;

/// Whether an item is a status, in whatever list.
pub(super) fn looks_like_one(item: &Node<'_>) -> bool {
    let has = |key| item.get(key).is_some();
    has("id") && has("status") && (has("recipient_id") || has("recipient_user_id"))
}

/// Parses a status; `None` when it has no message id or no state.
///
/// # Errors
/// When its detail cannot be sealed.
pub(super) fn read(
    item: &Node<'_>,
    contacts: &Contacts,
    received_at: DateTime<Utc>,
    seal: impl Fn(&StatusDetail) -> Result<Vec<u8>, SealError>,
) -> Result<Option<StatusReported>, SealError> {
    let wamid = item.get("id").and_then(Node::name);
    let status = item.get("status").and_then(Node::label);
    let (Some(wamid), Some(status)) = (wamid, status) else {
        return Ok(None);
    };
    let errors = item.get("errors").map(Node::items).unwrap_or_default();
    let in_group = item.get("recipient_type").and_then(Node::label);
    let in_group = in_group.is_some_and(|word| word == "group");
    let detail = StatusDetail {
        wamid,
        recipient: recipient(item, contacts, in_group),
        in_group,
        errors: (!errors.is_empty()).then(|| errors.iter().map(Node::to_value).collect::<Value>()),
    };
    let opaque_id = item.get("biz_opaque_callback_data").and_then(Node::name);
    let label = |path: &[&str]| item.at(path).and_then(Node::label);
    Ok(Some(StatusReported {
        status,
        occurred_at: occurred_at(item.get("timestamp"), received_at),
        opaque_id: opaque_id.filter(|text| OpaqueId::parse(text).is_ok()),
        error_code: errors.iter().find_map(|error| error.get("code")?.parsed()),
        pricing_category: label(&["pricing", "category"]),
        pricing_type: label(&["pricing", "type"]),
        billable: item.at(&["pricing", "billable"]).is_some_and(is_true),
        sealed: seal(&detail)?,
    }))
}

/// The recipient of the message. For a group it is the group, or one of its members.
fn recipient(item: &Node<'_>, contacts: &Contacts, in_group: bool) -> Identity {
    if in_group {
        return Identity::default();
    }
    let shown = identity(
        item,
        "recipient_id",
        "recipient_user_id",
        "recipient_parent_user_id",
    );
    contacts.complete(shown).0
}

fn is_true(billable: &Node<'_>) -> bool {
    match billable {
        Node::Bool(billable) => *billable,
        other => other
            .text()
            .is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1"),
    }
}
