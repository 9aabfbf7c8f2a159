//! Inbound events: a client writes, Meta reports a change of an account or a template. Each is a signed webhook (Meta,
//! webhooks reference: messages).

use std::sync::Arc;
use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::ControlError;
use super::sender::{self, Named, Sender};
use super::system_message;
use crate::clock::now_ms;
use crate::state::State;
use crate::state::accounts::StoredNumber;
use crate::webhook::compose;
use crate::webhook::delivery_queue::Item;

/// A client writes.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// The number that the client writes to.
    pub phone_number_id: String,
    /// The client: a phone number, or the BSUID of a client whose number Meta does not show.
    pub from: String,
    /// The BSUID of the client with that phone number, from now on; derived from the number when omitted.
    #[serde(default)]
    pub user_id: Option<String>,
    /// The client's parent BSUID, from now on.
    #[serde(default)]
    pub parent_user_id: Option<String>,
    /// The client's username in WhatsApp, from now on.
    #[serde(default)]
    pub username: Option<String>,
    /// Names the client by the phone number only, as webhooks did before BSUIDs existed.
    #[serde(default)]
    pub omit_user_id: bool,
    /// The client's name in WhatsApp.
    #[serde(default)]
    pub profile_name: Option<String>,
    /// Meta's message object without `from`, `id` and `timestamp`, such as
    /// `{"type":"text","text":{"body":"STOP"}}`. One of type `system` changes the client's identifiers.
    pub message: Map<String, Value>,
}

/// Meta reports a change in any field.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// `entry[].id`: the account.
    pub waba_id: String,
    /// Such as `message_template_status_update`.
    pub field: String,
    /// The field's value, passed on as it is.
    pub value: Value,
}

pub(super) async fn post_message(
    inbound: Json<Inbound>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    let wamid = receive(&state, inbound.into_inner())?;
    Ok(HttpResponse::Accepted().json(json!({"wamid": wamid})))
}

pub(super) async fn post_change(
    change: Json<FieldChange>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    report(&state, &change)?;
    Ok(HttpResponse::Accepted().finish())
}

/// Opens the client's window and schedules the webhook; returns the message's wamid.
pub(crate) fn receive(state: &State, inbound: Inbound) -> Result<String, ControlError> {
    let number = number(state, &inbound.phone_number_id)?;
    let sender = Sender::of(state, &number, inbound.named())?;
    let now = now_ms();
    if opens_window(&inbound.message) {
        state
            .conversations
            .record_inbound(&number.facts.id, sender.client(), now);
    }
    number.traffic.received();
    let shown = sender.wa_id().unwrap_or(sender.client());
    let wamid = state.wamids.inbound(shown);
    let mut message = inbound.message;
    let mut put = |key: &str, text: Option<&str>| {
        if let Some(text) = text {
            message.insert(key.to_owned(), json!(text));
        }
    };
    put("id", Some(&wamid));
    put("timestamp", Some(&(now / 1_000).to_string()));
    put("from", sender.wa_id());
    put("from_user_id", sender.user_id());
    put("from_parent_user_id", sender.parent_user_id());
    let mut value = sender::value_of(&number);
    if system_message::is_one(&message) {
        system_message::apply(state, &number, &sender, &mut message)?;
    } else {
        let contacts = sender.contacts(inbound.profile_name.as_deref());
        value.insert("contacts".to_owned(), contacts);
    }
    value.insert("messages".to_owned(), json!([message]));
    post(state, &number.waba_id, "messages", &value.into(), None)?;
    Ok(wamid)
}

/// Opens the client's window without a webhook; returns the message's wamid.
pub(crate) fn record_inbound(
    state: &State,
    phone_number_id: &str,
    from: &str,
) -> Result<String, ControlError> {
    let number = number(state, phone_number_id)?;
    let named = Named {
        from,
        ..Named::default()
    };
    let sender = Sender::of(state, &number, named)?;
    let id = &number.facts.id;
    state
        .conversations
        .record_inbound(id, sender.client(), now_ms());
    let shown = sender.wa_id().unwrap_or(sender.client());
    Ok(state.wamids.inbound(shown))
}

/// Schedules a webhook of any field.
pub(crate) fn report(state: &State, change: &FieldChange) -> Result<(), ControlError> {
    let time = Some(now_ms() / 1_000);
    post(state, &change.waba_id, &change.field, &change.value, time)
}

/// Schedules a webhook with one change.
pub(super) fn post(
    state: &State,
    waba_id: &str,
    field: &str,
    value: &Value,
    time: Option<i64>,
) -> Result<(), ControlError> {
    if !state.delivers_webhooks(waba_id) {
        return Err(ControlError::NotHeard);
    }
    let body = compose::any_field(waba_id, field, value, time)?;
    state
        .delivery_queue
        .add(Instant::now(), Item::Posting(state.posting(body, 1)));
    Ok(())
}

/// The number with this id.
pub(super) fn number(state: &State, id: &str) -> Result<Arc<StoredNumber>, ControlError> {
    state
        .accounts()
        .numbers
        .get(id)
        .cloned()
        .ok_or(ControlError::UnknownNumber)
}

/// A message to a group is not addressed to the business alone; revocations and Meta's own messages are not messages of
/// the client. Meta does not document whether an edited message counts; here it does not.
fn opens_window(message: &Map<String, Value>) -> bool {
    let kind = message.get("type").and_then(Value::as_str);
    !message.contains_key("group_id") && !matches!(kind, Some("system" | "revoke" | "edit"))
}

impl Inbound {
    fn named(&self) -> Named<'_> {
        Named {
            from: &self.from,
            user_id: self.user_id.as_deref(),
            parent_user_id: self.parent_user_id.as_deref(),
            username: self.username.as_deref(),
            omit_user_id: self.omit_user_id,
        }
    }
}
