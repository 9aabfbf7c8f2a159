//! `/sim/templates/status`, `/pause`, `/quality`, `/review`: Meta changes the status or the quality of a template, or ends
//! its review (Meta, templates: statuses, quality, pausing).

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{TemplateKey, find};
use crate::control::error::ControlError;
use crate::state::State;
use crate::template_life::transitions::{self, StatusChange};
use crate::template_life::{ReviewBehaviour, review_now};

/// Pauses a template, as Meta does for low quality.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pause {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// `other_info.title`: `FIRST_PAUSE`, `SECOND_PAUSE`, `RATE_LIMITING_PAUSE`; the pause then lasts until a call ends it.
    /// When omitted, the first pause lasts three hours, the second six, and the third disables the template.
    #[serde(default)]
    pub title: Option<String>,
}

/// Meta reviews, disables, reinstates a template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TemplateStatus {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// `APPROVED`, `REJECTED`, `PENDING`, `PAUSED`, `DISABLED`, `FLAGGED`, `REINSTATED` …
    pub event: String,
    /// The reason; `NONE` when omitted.
    #[serde(default)]
    pub reason: Option<String>,
    /// Further fields of Meta's value: `other_info`, `rejection_info`, `disable_info`.
    #[serde(default)]
    pub details: Map<String, Value>,
}

/// Meta's score of a template changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TemplateQuality {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub score: String,
}

pub(in crate::control) async fn post_pause(
    asked: Json<Pause>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    pause(&state, &asked)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(in crate::control) async fn post_status(
    change: Json<TemplateStatus>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    set_status(&state, &change)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(in crate::control) async fn post_quality(
    change: Json<TemplateQuality>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    set_quality(&state, &change)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(in crate::control) async fn post_review(
    template: Json<TemplateKey>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    review(&state, &template)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(in crate::control) async fn review_behaviour(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(state.review_behaviour().as_ref())
}

/// Omitted fields get their defaults.
pub(in crate::control) async fn put_review_behaviour(
    behaviour: Json<ReviewBehaviour>,
    state: Data<State>,
) -> HttpResponse {
    state.set_review_behaviour(behaviour.into_inner());
    HttpResponse::NoContent().finish()
}

/// Pauses a template and reports it.
pub(crate) fn pause(state: &State, asked: &Pause) -> Result<(), ControlError> {
    let template = find(state, &asked.template)?;
    match &asked.title {
        Some(title) => transitions::pause_as(state, &template, title),
        None => transitions::pause(state, &template),
    }
    Ok(())
}

/// Changes the status of a template and reports it.
pub(crate) fn set_status(state: &State, change: &TemplateStatus) -> Result<(), ControlError> {
    let template = find(state, &change.template)?;
    let none = || Some("NONE".to_owned());
    let change = StatusChange {
        event: change.event.clone(),
        reason: change.reason.clone().or_else(none),
        details: change.details.clone(),
    };
    transitions::set_status(state, &template, &change);
    Ok(())
}

/// Changes the quality of a template and reports it.
pub(crate) fn set_quality(state: &State, change: &TemplateQuality) -> Result<(), ControlError> {
    let template = find(state, &change.template)?;
    transitions::set_quality(state, &template, &change.score);
    Ok(())
}

/// Ends the review of a template now, as the rules say.
pub(crate) fn review(state: &State, template: &TemplateKey) -> Result<(), ControlError> {
    let template = find(state, template)?;
    review_now(state, &template);
    Ok(())
}
