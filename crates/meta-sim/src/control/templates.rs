//! `/sim/templates/…`: Meta's own actions on templates: pacing, its verdict, pausing (Meta, template pacing; template
//! pausing; field `message_template_status_update`).

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::ControlError;
use super::inbound::{self, FieldChange};
use crate::graph::messages::report;
use crate::state::State;
use crate::state::account::{Account, Template};
use crate::state::accounts::StoredTemplate;

const FIELD: &str = "message_template_status_update";
/// Meta (template pacing): held messages fail with this code when the template is paused.
const TEMPLATE_PAUSED: i64 = 132_015;
const FIRST_PAUSE: &str = "FIRST_PAUSE";

/// A template of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TemplateKey {
    /// The account.
    pub waba_id: String,
    /// The template's name.
    pub name: String,
    /// Its language.
    pub language: String,
}

/// A template that is paced from now on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paced {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// Further sends that are let through before the others are held. Meta does not disclose it.
    pub let_through: u64,
}

/// Meta's verdict on a paced template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// Good: held messages are delivered. Otherwise the template is paused, and held messages fail with 132015.
    pub good: bool,
}

/// Pauses a template, as Meta does for low quality.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pause {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// `other_info.title`: `FIRST_PAUSE` (default), `SECOND_PAUSE`, `RATE_LIMITING_PAUSE`.
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

/// The effect of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictReport {
    /// Held messages that were delivered.
    pub released: usize,
    /// Held messages that failed.
    pub dropped: usize,
}

pub(super) async fn post_pacing(
    paced: Json<Paced>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    pace(&state, &paced)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn post_verdict(
    verdict: Json<Verdict>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    Ok(HttpResponse::Ok().json(decide(&state, &verdict)?))
}

pub(super) async fn post_pause(
    asked: Json<Pause>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    pause(&state, &asked)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(super) async fn post_status(
    change: Json<TemplateStatus>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    set_status(&state, &change)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Holds all sends of a template except the next few.
pub(crate) fn pace(state: &State, paced: &Paced) -> Result<(), ControlError> {
    let template = find(state, &paced.template)?;
    state.pacing.begin(&template.facts.id, paced.let_through);
    Ok(())
}

/// Ends the pacing of a template.
pub(crate) fn decide(state: &State, verdict: &Verdict) -> Result<VerdictReport, ControlError> {
    let template = find(state, &verdict.template)?;
    if !verdict.good {
        put_on_pause(state, &verdict.template, &template, FIRST_PAUSE)?;
    }
    let held = state.pacing.end(&template.facts.id);
    let fails_with = (!verdict.good).then_some(TEMPLATE_PAUSED);
    for sequence in &held {
        for entry in state.ledger.after(sequence - 1, 1) {
            report::end_hold(state, &entry, fails_with);
        }
    }
    let (released, dropped) = match verdict.good {
        true => (held.len(), 0),
        false => (0, held.len()),
    };
    Ok(VerdictReport { released, dropped })
}

/// Pauses a template and reports it.
pub(crate) fn pause(state: &State, asked: &Pause) -> Result<(), ControlError> {
    let template = find(state, &asked.template)?;
    let title = asked.title.as_deref().unwrap_or(FIRST_PAUSE);
    put_on_pause(state, &asked.template, &template, title)
}

fn put_on_pause(
    state: &State,
    key: &TemplateKey,
    template: &StoredTemplate,
    title: &str,
) -> Result<(), ControlError> {
    let info = json!({"title": title, "description": "The template was paused for low quality."});
    let details = Map::from_iter([("other_info".to_owned(), info)]);
    let change = TemplateStatus {
        template: key.clone(),
        event: "PAUSED".to_owned(),
        reason: None,
        details,
    };
    put_status(state, &change, template)
}

/// Changes the status of a template and reports it.
pub(crate) fn set_status(state: &State, change: &TemplateStatus) -> Result<(), ControlError> {
    let template = find(state, &change.template)?;
    put_status(state, change, &template)
}

fn put_status(
    state: &State,
    change: &TemplateStatus,
    template: &StoredTemplate,
) -> Result<(), ControlError> {
    let key = &change.template;
    let reason = change.reason.as_deref().unwrap_or("NONE");
    let changed = Template {
        status: change.event.to_ascii_uppercase(),
        rejected_reason: reason.to_owned(),
        ..template.facts.clone()
    };
    state.put_account(Account {
        waba_id: key.waba_id.clone(),
        templates: vec![changed],
        ..Account::default()
    })?;
    if !state.delivers_webhooks(&key.waba_id) {
        return Ok(());
    }
    let id: u64 = template.facts.id.parse().unwrap_or_default();
    let mut value = json!({
        "event": change.event,
        "message_template_id": id,
        "message_template_name": key.name,
        // As Meta's samples have it: `en-US` for the template in `en_US`.
        "message_template_language": key.language.replace('_', "-"),
        "message_template_category": template.facts.category,
        "reason": reason,
    });
    if let Some(value) = value.as_object_mut() {
        value.extend(change.details.clone());
    }
    let change = FieldChange {
        waba_id: key.waba_id.clone(),
        field: FIELD.to_owned(),
        value,
    };
    inbound::report(state, &change)
}

fn find(state: &State, key: &TemplateKey) -> Result<Arc<StoredTemplate>, ControlError> {
    let accounts = state.accounts();
    let waba = accounts.wabas.get(&key.waba_id);
    let template = waba.and_then(|waba| waba.template(&key.name, &key.language));
    template.cloned().ok_or(ControlError::UnknownTemplate)
}
