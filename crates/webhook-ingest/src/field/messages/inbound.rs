//! A message that a client wrote (Meta, webhooks reference: messages).

use common::wire::{Identity, InboundContent, MessageReceived};
use sealing::{SealError, TransitKey};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Unreadable, seal};
use crate::payload::time;

/// What is needed of the message beside its content.
#[derive(Deserialize)]
struct Head<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    from_user_id: Option<String>,
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
}

/// The sender as WhatsApp shows them. A person with a username may have no number.
#[derive(Deserialize)]
struct Contact {
    #[serde(default)]
    wa_id: Option<String>,
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    name: Option<String>,
}

/// Reads one message.
pub(super) fn read(
    transit: &TransitKey,
    raw: &RawValue,
    contacts: &[&RawValue],
) -> Result<Result<MessageReceived, Unreadable>, SealError> {
    let Ok(head) = serde_json::from_str::<Head<'_>>(raw.get()) else {
        return Ok(Err(Unreadable));
    };
    let Ok(message) = serde_json::from_str::<Value>(raw.get()) else {
        return Ok(Err(Unreadable));
    };
    let Some(occurred_at) = time(head.timestamp) else {
        return Ok(Err(Unreadable));
    };
    if head.from.is_none() && head.from_user_id.is_none() {
        return Ok(Err(Unreadable));
    }
    let content = InboundContent {
        name: name_of(&head, contacts),
        words: words(&message),
        wamid: head.id,
        sender: Identity {
            wa_id: head.from,
            user_id: head.from_user_id,
            parent_user_id: None,
        },
        message,
        identity_change: None,
        group_id: None,
        revoked_wamid: None,
        edited_wamid: None,
    };
    let sealed = seal(transit, "inbound", &content)?;
    Ok(Ok(MessageReceived {
        message_type: head.kind,
        occurred_at,
        sealed,
    }))
}

/// The profile name of the sender: the contacts of a value need not stand in the order of its messages.
fn name_of(head: &Head<'_>, contacts: &[&RawValue]) -> Option<String> {
    let contacts = contacts
        .iter()
        .filter_map(|raw| serde_json::from_str::<Contact>(raw.get()).ok());
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    contacts
        .into_iter()
        .find(|contact| {
            same(&contact.wa_id, &head.from) || same(&contact.user_id, &head.from_user_id)
        })
        .and_then(|contact| contact.profile?.name)
}

/// The texts by which a keyword may be given.
fn words(message: &Value) -> Vec<String> {
    const PLACES: [&str; 10] = [
        "/text/body",
        "/button/payload",
        "/button/text",
        "/interactive/button_reply/id",
        "/interactive/button_reply/title",
        "/interactive/list_reply/id",
        "/interactive/list_reply/title",
        "/image/caption",
        "/video/caption",
        "/document/caption",
    ];
    PLACES
        .iter()
        .filter_map(|place| message.pointer(place)?.as_str().map(str::to_owned))
        .collect()
}
