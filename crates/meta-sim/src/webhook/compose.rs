//! Webhook bodies in Meta's envelope (Meta, webhooks reference: messages, statuses).
//!
//! Several statuses in one POST are grouped by account, then by number. `conversation` is omitted, as from v24.0 on.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::escape;
use super::event::{ReportedMessage, StatusEvent};
use crate::fault::Step;
use crate::graph::error_codes;
use crate::graph::messages::recipient::Address;

const OBJECT: &str = "whatsapp_business_account";
const PRODUCT: &str = "whatsapp";
const ERRORS_PAGE: &str = "/documentation/business-messaging/whatsapp/support/error-codes";

#[derive(Serialize)]
struct Envelope<'a> {
    object: &'static str,
    entry: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<i64>,
    changes: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Change<'a> {
    value: ChangeValue<'a>,
    field: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ChangeValue<'a> {
    Statuses(StatusesValue<'a>),
    Any(&'a Value),
}

#[derive(Serialize)]
struct StatusesValue<'a> {
    messaging_product: &'static str,
    metadata: Metadata<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<Contact<'a>>,
    statuses: Vec<Status<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    display_phone_number: &'a str,
    phone_number_id: &'a str,
}

#[derive(Serialize)]
struct Contact<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<&'a str>,
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_user_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Profile<'a> {
    username: &'a str,
}

#[derive(Serialize)]
struct Status<'a> {
    id: &'a str,
    status: &'static str,
    timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_parent_user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    biz_opaque_callback_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pricing: Option<Pricing<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Value>,
}

#[derive(Serialize)]
struct Pricing<'a> {
    billable: bool,
    pricing_model: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    category: &'a str,
}

/// One body with all these statuses.
pub(crate) fn statuses(events: &[StatusEvent]) -> Result<Vec<u8>, serde_json::Error> {
    let mut by_account: BTreeMap<&str, BTreeMap<&str, Vec<&StatusEvent>>> = BTreeMap::new();
    for event in events {
        let number = &event.message.number;
        let numbers = by_account.entry(number.waba_id.as_str()).or_default();
        numbers
            .entry(number.facts.id.as_str())
            .or_default()
            .push(event);
    }
    let entry = by_account
        .into_iter()
        .map(|(id, numbers)| Entry {
            id,
            time: None,
            changes: numbers
                .into_values()
                .filter_map(|events| change(&events))
                .collect(),
        })
        .collect();
    escape::to_bytes(&Envelope {
        object: OBJECT,
        entry,
    })
}

/// One body with one change of any field.
pub(crate) fn any_field(
    entry_id: &str,
    field: &str,
    value: &Value,
    time: Option<i64>,
) -> Result<Vec<u8>, serde_json::Error> {
    let change = Change {
        value: ChangeValue::Any(value),
        field,
    };
    let entry = Entry {
        id: entry_id,
        time,
        changes: vec![change],
    };
    escape::to_bytes(&Envelope {
        object: OBJECT,
        entry: vec![entry],
    })
}

fn change<'a>(events: &[&'a StatusEvent]) -> Option<Change<'a>> {
    let number = &events.first()?.message.number.facts;
    let value = StatusesValue {
        messaging_product: PRODUCT,
        metadata: Metadata {
            display_phone_number: &events.first()?.message.number.digits,
            phone_number_id: &number.id,
        },
        contacts: contacts(events),
        statuses: events.iter().map(|event| status(event)).collect(),
    };
    Some(Change {
        value: ChangeValue::Statuses(value),
        field: "messages",
    })
}

/// Contacts accompany every status except `failed`; the username only accompanies `delivered` and `read`.
fn contacts<'a>(events: &[&'a StatusEvent]) -> Vec<Contact<'a>> {
    let mut contacts: BTreeMap<&str, Contact<'a>> = BTreeMap::new();
    for event in events.iter().filter(|event| !event.step.is_failure()) {
        let person = &event.message.person;
        let contact = contacts.entry(&person.user_id).or_insert_with(|| Contact {
            profile: None,
            wa_id: event.message.shown_wa_id(),
            user_id: &person.user_id,
            parent_user_id: person.parent_user_id.as_deref(),
        });
        if matches!(event.step, Step::Delivered | Step::Read) {
            let username = person.username.as_deref();
            contact.profile = username.map(|username| Profile { username });
        }
    }
    contacts.into_values().collect()
}

fn status(event: &StatusEvent) -> Status<'_> {
    let message = &event.message;
    // The failure of a message to a phone number does not name the BSUID.
    let names_user_id = message.address == Address::UserId || !event.step.is_failure();
    let user_id = names_user_id.then_some(message.person.user_id.as_str());
    let parent_user_id = message.person.parent_user_id.as_deref();
    Status {
        id: &message.wamid,
        status: event.step.as_str(),
        timestamp: (event.happened_at_ms / 1_000).to_string(),
        recipient_id: message.shown_wa_id(),
        recipient_user_id: user_id,
        recipient_parent_user_id: user_id.and(parent_user_id),
        biz_opaque_callback_data: message.opaque.as_deref(),
        pricing: event.priced.then(|| pricing(message)),
        errors: event.step.code().map(error).into_iter().collect(),
    }
}

fn pricing(message: &ReportedMessage) -> Pricing<'_> {
    let free =
        message.category == "service" || (message.category == "utility" && message.window_is_open);
    Pricing {
        billable: !free,
        pricing_model: "PMP",
        kind: if free {
            "free_customer_service"
        } else {
            "regular"
        },
        category: &message.category,
    }
}

fn error(code: i64) -> Value {
    let row = error_codes::of(code);
    json!({
        "code": code,
        "title": row.title,
        "message": row.title,
        "error_data": {"details": row.details},
        "href": ERRORS_PAGE,
    })
}

impl Step {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
            Self::Failed(_) => "failed",
        }
    }

    fn is_failure(self) -> bool {
        matches!(self, Self::Failed(_))
    }

    fn code(self) -> Option<i64> {
        match self {
            Self::Failed(code) => Some(code),
            Self::Sent | Self::Delivered | Self::Read | Self::Played => None,
        }
    }
}
