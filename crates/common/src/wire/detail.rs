//! The plain text of the sealed fields of updates: the personal data.
//!
//! The JSON keys are those that earlier versions wrote, because rows and queues hold such JSON; new ones are only
//! added.

use serde::{Deserialize, Serialize};

/// The identifiers of one person, as one item of Meta's shows them together.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The number as WhatsApp spells it: digits with the country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// The business-scoped user id (BSUID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The BSUID for a whole group of businesses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
}

impl Identity {
    /// Whether it has no identifier.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.wa_id.is_none() && self.user_id.is_none() && self.parent_user_id.is_none()
    }
}

/// [`Identity`] under the keys of the sender of a message.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Identity")]
struct Sender {
    #[serde(rename = "from", default, skip_serializing_if = "Option::is_none")]
    wa_id: Option<String>,
    #[serde(
        rename = "from_user_id",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    user_id: Option<String>,
    #[serde(
        rename = "from_parent_user_id",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    parent_user_id: Option<String>,
}

/// [`Identity`] under the keys of the recipient of a message.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Identity")]
struct Recipient {
    #[serde(
        rename = "recipient_id",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    wa_id: Option<String>,
    #[serde(
        rename = "recipient_user_id",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    user_id: Option<String>,
    #[serde(
        rename = "recipient_parent_user_id",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    parent_user_id: Option<String>,
}

/// The personal data of a status.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDetail {
    /// Meta's id of the message.
    pub wamid: String,
    /// The recipient: the identifiers of the status itself, and those of the contact beside it that shares one of them.
    #[serde(flatten, with = "Recipient")]
    pub recipient: Identity,
    /// Whether the message went to a group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_group: bool,
    /// Meta's `errors` array, when the message failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<serde_json::Value>,
}

/// The personal data of an inbound message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundContent {
    /// Meta's id of the message.
    pub wamid: String,
    /// The sender: the identifiers of the message itself, and those of the contact beside it that shares one of them.
    #[serde(flatten, with = "Sender")]
    pub sender: Identity,
    /// The sender's profile name, when Meta gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The texts that may hold an opt-out or another keyword: body, button payload or title, caption.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Meta's message object.
    pub message: serde_json::Value,
    /// The change of the sender's identifiers that a `system` message reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_change: Option<IdentityChange>,
    /// The group that it was written in; such a message opens no customer service window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Meta's id of the message that the sender revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_wamid: Option<String>,
    /// Meta's id of the message that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_wamid: Option<String>,
}

/// The identifiers of a person changed (Meta, webhooks reference: system messages).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityChange {
    /// Which identifier changed.
    pub kind: IdentityChangeKind,
    /// The identifiers before; empty when Meta does not report them.
    #[serde(default)]
    pub previous: Identity,
    /// The identifiers since.
    #[serde(default)]
    pub current: Identity,
}

/// Which identifier of a person changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityChangeKind {
    /// The number; Meta's `user_changed_number`.
    NumberChanged,
    /// The business-scoped user id; Meta's `user_changed_user_id`.
    UserIdChanged,
}

/// The personal data of a changed preference.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferenceDetail {
    /// The person.
    pub person: Identity,
}

/// The personal data of a message that could not be read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableDetail {
    /// The person.
    pub sender: Identity,
}
