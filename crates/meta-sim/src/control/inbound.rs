//! What comes from outside: a client writes, a client stops marketing messages, Meta reports a
//! change of an account or a template. Each is a signed webhook (Meta, webhooks reference:
//! messages, user_preferences).

use std::sync::Arc;
use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::ControlError;
use crate::bsuid;
use crate::clock::now_ms;
use crate::state::State;
use crate::state::world::{StoredNumber, digits};
use crate::webhook::compose;
use crate::webhook::schedule::Item;

const STOP_DETAIL: &str = "User requested to stop marketing messages";
const RESUME_DETAIL: &str = "User requested to resume marketing messages";

/// A client writes.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbound {
    /// The number that the client writes to.
    pub phone_number_id: String,
    /// The client: a phone number, or the BSUID of a client whose number Meta does not tell.
    pub from: String,
    /// The client's name in WhatsApp.
    #[serde(default)]
    pub profile_name: Option<String>,
    /// Meta's message object without `from`, `id` and `timestamp`, such as
    /// `{"type":"text","text":{"body":"STOP"}}`.
    pub message: Map<String, Value>,
}

/// A client stops marketing messages inside WhatsApp, or resumes them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    /// The number whose messages it is about.
    pub phone_number_id: String,
    /// The client: a phone number or a BSUID.
    pub from: String,
    /// True for `stop`, false for `resume`.
    pub stop: bool,
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

/// A client as webhooks name one.
struct Client {
    wa_id: Option<String>,
    user_id: String,
}

pub(super) async fn post_message(
    inbound: Json<Inbound>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    let wamid = receive(&state, inbound.into_inner())?;
    Ok(HttpResponse::Accepted().json(json!({"wamid": wamid})))
}

pub(super) async fn post_preference(
    preference: Json<Preference>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    prefer(&state, &preference)?;
    Ok(HttpResponse::Accepted().finish())
}

pub(super) async fn post_change(
    change: Json<FieldChange>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    report(&state, &change)?;
    Ok(HttpResponse::Accepted().finish())
}

/// Opens the client's window and schedules the webhook; gives the message's wamid.
pub(crate) fn receive(state: &State, inbound: Inbound) -> Result<String, ControlError> {
    let number = number(state, &inbound.phone_number_id)?;
    let client = client(&number, &inbound.from)?;
    let now = now_ms();
    state.relations.wrote(&number.facts.id, client.key(), now);
    number.traffic.received();
    let wamid = state.wamids.inbound(client.key());
    let mut message = inbound.message;
    message.insert("id".to_owned(), json!(wamid));
    message.insert("timestamp".to_owned(), json!((now / 1_000).to_string()));
    message.insert("from_user_id".to_owned(), json!(client.user_id));
    if let Some(wa_id) = &client.wa_id {
        message.insert("from".to_owned(), json!(wa_id));
    }
    let name = inbound.profile_name.as_deref().unwrap_or("Awa Ouédraogo");
    let mut value = value(&number, &client, name);
    value.insert("messages".to_owned(), json!([message]));
    post(state, &number.waba_id, "messages", &value.into(), None)?;
    Ok(wamid)
}

/// Opens the client's window without telling anybody; gives the message's wamid.
pub(crate) fn wrote(
    state: &State,
    phone_number_id: &str,
    from: &str,
) -> Result<String, ControlError> {
    let number = number(state, phone_number_id)?;
    let client = client(&number, from)?;
    let id = &number.facts.id;
    state.relations.wrote(id, client.key(), now_ms());
    Ok(state.wamids.inbound(client.key()))
}

/// Remembers the preference and schedules the webhook.
pub(crate) fn prefer(state: &State, preference: &Preference) -> Result<(), ControlError> {
    let number = number(state, &preference.phone_number_id)?;
    let client = client(&number, &preference.from)?;
    state
        .relations
        .stop_marketing(&number.facts.id, client.key(), preference.stop);
    let now_s = now_ms() / 1_000;
    let mut told = json!({
        "user_id": client.user_id,
        "detail": if preference.stop { STOP_DETAIL } else { RESUME_DETAIL },
        "category": "marketing_messages",
        "value": if preference.stop { "stop" } else { "resume" },
        "timestamp": now_s,
    });
    if let (Some(wa_id), Some(told)) = (&client.wa_id, told.as_object_mut()) {
        told.insert("wa_id".to_owned(), json!(wa_id));
    }
    let mut value = value(&number, &client, "Awa Ouédraogo");
    value.insert("user_preferences".to_owned(), json!([told]));
    post(
        state,
        &number.waba_id,
        "user_preferences",
        &value.into(),
        Some(now_s),
    )
}

/// Schedules a webhook of any field.
pub(crate) fn report(state: &State, change: &FieldChange) -> Result<(), ControlError> {
    let time = Some(now_ms() / 1_000);
    post(state, &change.waba_id, &change.field, &change.value, time)
}

fn post(
    state: &State,
    waba_id: &str,
    field: &str,
    value: &Value,
    time: Option<i64>,
) -> Result<(), ControlError> {
    if !state.is_heard(waba_id) {
        return Err(ControlError::NotHeard);
    }
    let body = compose::any_field(waba_id, field, value, time)?;
    state
        .schedule
        .add(Instant::now(), Item::Posting(state.posting(body, 1)));
    Ok(())
}

fn number(state: &State, id: &str) -> Result<Arc<StoredNumber>, ControlError> {
    state
        .world()
        .numbers
        .get(id)
        .cloned()
        .ok_or(ControlError::UnknownNumber)
}

fn client(number: &StoredNumber, from: &str) -> Result<Client, ControlError> {
    if bsuid::is_bsuid(from) {
        return Ok(Client {
            wa_id: None,
            user_id: from.to_owned(),
        });
    }
    let wa_id = digits(from);
    if wa_id.len() < 7 {
        return Err(ControlError::UnknownSender);
    }
    let user_id = bsuid::of_phone(&number.waba_id, &wa_id);
    Ok(Client {
        wa_id: Some(wa_id),
        user_id,
    })
}

fn value(number: &StoredNumber, client: &Client, name: &str) -> Map<String, Value> {
    let mut contact = json!({"profile": {"name": name}, "user_id": client.user_id});
    if let (Some(wa_id), Some(contact)) = (&client.wa_id, contact.as_object_mut()) {
        contact.insert("wa_id".to_owned(), json!(wa_id));
    }
    let metadata = json!({
        "display_phone_number": number.digits,
        "phone_number_id": number.facts.id,
    });
    Map::from_iter([
        ("messaging_product".to_owned(), json!("whatsapp")),
        ("metadata".to_owned(), metadata),
        ("contacts".to_owned(), json!([contact])),
    ])
}

impl Client {
    fn key(&self) -> &str {
        self.wa_id.as_deref().unwrap_or(&self.user_id)
    }
}
