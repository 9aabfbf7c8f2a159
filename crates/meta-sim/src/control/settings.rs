//! The webhook's address, webhook behaviour, limits, cursors, and the reset.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::Deserialize;

use super::error::ControlError;
use crate::config::WebhookBehaviour;
use crate::limits::Limits;
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Webhook {
    url: Option<String>,
    #[serde(default)]
    verify_token: Option<String>,
}

pub(super) async fn set_webhook(webhook: Json<Webhook>, state: Data<State>) -> HttpResponse {
    let Webhook { url, verify_token } = webhook.into_inner();
    state.set_webhook(url, verify_token);
    HttpResponse::NoContent().finish()
}

pub(super) async fn behaviour(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(state.behaviour().as_ref())
}

/// Omitted fields get their defaults.
pub(super) async fn set_behaviour(
    behaviour: Json<WebhookBehaviour>,
    state: Data<State>,
) -> HttpResponse {
    state.set_behaviour(behaviour.into_inner());
    HttpResponse::NoContent().finish()
}

pub(super) async fn limits(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(state.limits().as_ref())
}

/// Omitted fields get their defaults.
pub(super) async fn set_limits(limits: Json<Limits>, state: Data<State>) -> HttpResponse {
    state.set_limits(limits.into_inner());
    HttpResponse::NoContent().finish()
}

pub(super) async fn expire_cursors(state: Data<State>) -> HttpResponse {
    state.expire_cursors();
    HttpResponse::NoContent().finish()
}

pub(super) async fn reset(state: Data<State>) -> Result<HttpResponse, ControlError> {
    state.reset()?;
    Ok(HttpResponse::NoContent().finish())
}
