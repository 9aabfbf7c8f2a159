//! `POST /sim/preferences`: a client stops marketing messages inside WhatsApp, or resumes them (Meta, webhooks
//! reference: `user_preferences`).

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::ControlError;
use super::inbound;
use super::sender::{self, Named, Sender};
use crate::clock::now_ms;
use crate::state::State;

const FIELD: &str = "user_preferences";
const STOP_DETAIL: &str = "User requested to stop marketing messages";
const RESUME_DETAIL: &str = "User requested to resume marketing messages";

/// A client stops marketing messages inside WhatsApp, or resumes them.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    /// The number whose messages it is about.
    pub phone_number_id: String,
    /// The client: a phone number or a BSUID.
    pub from: String,
    /// The BSUID of the client with that phone number.
    #[serde(default)]
    pub user_id: Option<String>,
    /// The client's parent BSUID.
    #[serde(default)]
    pub parent_user_id: Option<String>,
    /// Names the client by the phone number alone.
    #[serde(default)]
    pub omit_user_id: bool,
    /// True for `stop`, false for `resume`.
    pub stop: bool,
}

pub(super) async fn post(
    preference: Json<Preference>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    prefer(&state, &preference)?;
    Ok(HttpResponse::Accepted().finish())
}

/// Stores the preference and schedules the webhook.
pub(crate) fn prefer(state: &State, preference: &Preference) -> Result<(), ControlError> {
    let number = inbound::number(state, &preference.phone_number_id)?;
    let named = Named {
        from: &preference.from,
        user_id: preference.user_id.as_deref(),
        parent_user_id: preference.parent_user_id.as_deref(),
        username: None,
        omit_user_id: preference.omit_user_id,
    };
    let client = Sender::of(state, &number, named)?;
    state
        .conversations
        .stop_marketing(&number.facts.id, client.client(), preference.stop);
    let now_s = now_ms() / 1_000;
    let mut preferred = json!({
        "detail": if preference.stop { STOP_DETAIL } else { RESUME_DETAIL },
        "category": "marketing_messages",
        "value": if preference.stop { "stop" } else { "resume" },
        "timestamp": now_s,
    });
    sender::put(&mut preferred, "wa_id", client.wa_id());
    sender::put(&mut preferred, "user_id", client.user_id());
    sender::put(&mut preferred, "parent_user_id", client.parent_user_id());
    let mut value = sender::value_of(&number);
    value.insert("contacts".to_owned(), client.contacts(None));
    value.insert(FIELD.to_owned(), json!([preferred]));
    inbound::post(state, &number.waba_id, FIELD, &value.into(), Some(now_s))
}
