//! Creating and editing templates: `POST /{waba_id}/message_templates`, `POST /{template_id}` (Meta, templates:
//! management).

use std::sync::Arc;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::error::GraphError;
use super::query::Params;
use super::{NodeId, auth, request_fields, submitted, templates};
use crate::limits::management;
use crate::script::Endpoint;
use crate::state::State;
use crate::state::account::Template;
use crate::state::accounts::{StoredTemplate, Waba};
use crate::template_life::reports;
use crate::template_life::transitions::{self, StatusChange};

const IN_REVIEW: &str = "PENDING";
const EDITABLE: [&str; 3] = ["APPROVED", "REJECTED", "PAUSED"];
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const TOO_MANY_TEMPLATES: i64 = 2_388_019;
/// As subcodes of 100; Meta's table of codes does not have them, those who met them report them.
const NAME_BLOCKED: i64 = 2_388_023;
const EXISTS: i64 = 2_388_024;

pub(crate) async fn create(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    let endpoint = Endpoint::MessageTemplates;
    super::serve(&request, &state, endpoint, &id, |_| {
        let call = request_fields::read(&request, &body);
        let _guard = state.template_life.change();
        let waba = waba_of(&request, &call.params, &state, "post", &id)?;
        let template = submitted::read(&state, &call.fields, submitted::nothing())?;
        check_creation(&state, &waba, &template)?;
        let stored = put_in_review(&state, &id, template);
        state.template_life.created(&id, state.clock.now_ms());
        let facts = &stored.facts;
        Ok(json!({"id": facts.id, "status": IN_REVIEW, "category": facts.category}))
    })
    .await
}

pub(crate) async fn edit(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::Node, &id, |_| {
        let call = request_fields::read(&request, &body);
        let _guard = state.template_life.change();
        let before = template_of(&request, &call.params, &state, &id)?;
        check_editable(&state, &before.facts)?;
        let template = submitted::read(&state, &call.fields, before.facts.clone())?;
        let is_approved = before.facts.status == "APPROVED";
        if is_approved && template.category != before.facts.category {
            return Err(GraphError::template(
                100,
                "The category of an approved template cannot be edited.",
            ));
        }
        if is_approved {
            state.template_life.edited(&id, state.clock.now_ms());
        }
        let stored = put_in_review(&state, &before.waba_id, template);
        reports::components(&state, &stored);
        let facts = &stored.facts;
        Ok(json!({"success": true, "id": id, "name": facts.name, "category": facts.category}))
    })
    .await
}

/// A template that the caller may change.
pub(super) fn template_of(
    request: &HttpRequest,
    params: &Params,
    state: &State,
    id: &str,
) -> Result<Arc<StoredTemplate>, GraphError> {
    let caller = auth::caller(request, params, state)?;
    let refusal = || GraphError::no_such_object("post", id);
    let stored = state.accounts().templates.get(id).cloned();
    let stored = stored.ok_or_else(refusal)?;
    auth::may(&caller, auth::MANAGEMENT, &stored.waba_id, refusal)?;
    Ok(stored)
}

/// An account that the caller may change.
pub(super) fn waba_of(
    request: &HttpRequest,
    params: &Params,
    state: &State,
    method: &str,
    id: &str,
) -> Result<Arc<Waba>, GraphError> {
    let caller = auth::caller(request, params, state)?;
    let refusal = || GraphError::no_such_object(method, id);
    let waba = state.accounts().wabas.get(id).cloned();
    let waba = waba.ok_or_else(refusal)?;
    auth::may(&caller, auth::MANAGEMENT, id, refusal)?;
    Ok(waba)
}

fn check_creation(state: &State, waba: &Waba, template: &Template) -> Result<(), GraphError> {
    let (now_ms, limits) = (state.clock.now_ms(), state.limits());
    let limits = &limits.templates;
    if waba.template(&template.name, &template.language).is_some() {
        return Err(GraphError::of_template_subcode(EXISTS));
    }
    let in_use = waba
        .templates
        .iter()
        .any(|known| known.facts.name == template.name);
    let blocked_since = now_ms - i64::from(limits.name_blocked_days) * DAY_MS;
    if state
        .template_life
        .blocks(&waba.id, template, in_use, blocked_since)
    {
        return Err(GraphError::of_template_subcode(NAME_BLOCKED));
    }
    if limits.refuse_same_text && has_same_text(waba, template) {
        return Err(GraphError::template(
            100,
            "Another template has the same body and footer.",
        ));
    }
    let most = usize::try_from(templates::limit(state, waba)).unwrap_or(usize::MAX);
    if waba.templates.len() >= most {
        return Err(GraphError::template(
            TOO_MANY_TEMPLATES,
            "The account has reached its limit of templates.",
        ));
    }
    match state.template_life.creation_wait(&waba.id, now_ms, limits) {
        Some(wait_ms) => Err(GraphError::too_many_calls(management::minutes(wait_ms))),
        None => Ok(()),
    }
}

fn check_editable(state: &State, facts: &Template) -> Result<(), GraphError> {
    if !EDITABLE.contains(&facts.status.as_str()) {
        return Err(GraphError::template(
            100,
            "Message templates can only be edited when they are APPROVED, REJECTED, or PAUSED.",
        ));
    }
    let (now_ms, limits) = (state.clock.now_ms(), state.limits());
    let allowed = state
        .template_life
        .may_edit(&facts.id, now_ms, &limits.templates);
    if facts.status == "APPROVED" && !allowed {
        return Err(GraphError::template(
            100,
            "An approved template can be edited once in 24 hours and ten times in 30 days.",
        ));
    }
    Ok(())
}

/// Meta: a template with the body and the footer of another is rejected, except for authentication.
fn has_same_text(waba: &Waba, template: &Template) -> bool {
    let texts = texts(template);
    let same = |known: &Arc<StoredTemplate>| self::texts(&known.facts) == texts;
    template.category != "AUTHENTICATION" && waba.templates.iter().any(same)
}

fn texts(template: &Template) -> [Option<&Value>; 2] {
    ["BODY", "FOOTER"].map(|kind| {
        let mut components = template.components.iter();
        components
            .find(|its| its.get("type").is_some_and(|its| its == kind))?
            .get("text")
    })
}

fn put_in_review(state: &State, waba_id: &str, template: Template) -> StoredTemplate {
    let stored = state.put_template(waba_id, template);
    transitions::set_status(state, &stored, &StatusChange::to(IN_REVIEW));
    stored
}
