//! The webhook's address, webhook behaviour, limits, the clock, cursors, and the reset.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::Deserialize;

use super::error::ControlError;
use crate::config::WebhookBehaviour;
use crate::limits::Limits;
use crate::state::State;
use crate::template_life;

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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Forward {
    advance_seconds: u64,
}

/// Sets the clock of templates, budgets and limits of managing forward.
pub(super) async fn advance_clock(forward: Json<Forward>, state: Data<State>) -> HttpResponse {
    template_life::advance(&state, Duration::from_secs(forward.advance_seconds));
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
