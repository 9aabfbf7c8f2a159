//! Creating, editing and deleting templates: `POST` and `DELETE /{waba_id}/message_templates`, `POST /{template_id}`
//! (Meta, templates: management).
//!
//! A review lasts until `POST /sim/templates/status` ends it.

use std::sync::Arc;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::query::Params;
use super::request_fields::{self, RequestFields};
use super::{NodeId, auth, template_rules};
use crate::script::Endpoint;
use crate::state::State;
use crate::state::account::{Account, Template};
use crate::state::accounts::{StoredTemplate, Waba};
use crate::state::authentication;

const IN_REVIEW: &str = "PENDING";

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
        let waba = waba_of(&request, &call.params, &state, "post", &id)?;
        let template = described(&call, nothing());
        template_rules::check(&template)?;
        if waba.template(&template.name, &template.language).is_some() {
            return Err(GraphError::parameter(
                "There is already content in this language for this template.",
            ));
        }
        let template = put(&state, &id, template)?;
        Ok(json!({"id": template.id, "status": template.status, "category": template.category}))
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
        let caller = auth::caller(&request, &call.params, &state)?;
        let refusal = || GraphError::no_such_object("post", &id);
        let stored = state.accounts().templates.get(&id).cloned();
        let stored = stored.ok_or_else(refusal)?;
        auth::may(&caller, auth::MANAGEMENT, &stored.waba_id, refusal)?;
        if !["APPROVED", "REJECTED", "PAUSED"].contains(&stored.facts.status.as_str()) {
            return Err(GraphError::parameter(
                "Message templates can only be edited when they are APPROVED, REJECTED, or PAUSED.",
            ));
        }
        let template = described(&call, stored.facts.clone());
        template_rules::check(&template)?;
        let template = put(&state, &stored.waba_id, template)?;
        Ok(json!({"success": true, "id": id, "name": template.name, "category": template.category}))
    })
    .await
}

pub(crate) async fn delete(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    let endpoint = Endpoint::MessageTemplates;
    super::serve(&request, &state, endpoint, &id, |_| {
        let call = request_fields::read(&request, &body);
        let waba = waba_of(&request, &call.params, &state, "delete", &id)?;
        let wanted = Wanted::of(&call.fields)?;
        let doomed: Vec<String> = waba
            .templates
            .iter()
            .filter(|template| wanted.names(template))
            .map(|template| template.facts.id.clone())
            .collect();
        if doomed.is_empty() {
            return Err(GraphError::parameter(
                "The message template does not exist.",
            ));
        }
        state.delete_templates(&id, &doomed);
        Ok(json!({"success": true}))
    })
    .await
}

/// The templates that a call deletes.
struct Wanted {
    name: Option<String>,
    ids: Vec<String>,
}

impl Wanted {
    fn of(fields: &Map<String, Value>) -> Result<Self, GraphError> {
        let name = fields.get("name").and_then(as_text);
        let one = fields.get("hsm_id").and_then(as_text);
        let several = fields.get("hsm_ids").and_then(Value::as_array);
        let several = several.into_iter().flatten().filter_map(as_text);
        let ids: Vec<String> = one.into_iter().chain(several).collect();
        match (&name, ids.as_slice()) {
            (None, []) => Err(GraphError::parameter("The parameter name is required.")),
            _ => Ok(Self { name, ids }),
        }
    }

    fn names(&self, template: &StoredTemplate) -> bool {
        let facts = &template.facts;
        let by_name = self.name.as_ref().is_none_or(|name| *name == facts.name);
        by_name && (self.ids.is_empty() || self.ids.contains(&facts.id))
    }
}

/// An account that the caller may change.
fn waba_of(
    request: &HttpRequest,
    params: &Params,
    state: &State,
    method: &str,
    id: &str,
) -> Result<Arc<Waba>, GraphError> {
    let caller = auth::caller(request, params, state)?;
    let refusal = || GraphError::no_such_object(method, id);
    let waba = state
        .accounts()
        .wabas
        .get(id)
        .cloned()
        .ok_or_else(refusal)?;
    auth::may(&caller, auth::MANAGEMENT, id, refusal)?;
    Ok(waba)
}

/// The base of a new template: no field has a default.
fn nothing() -> Template {
    Template {
        language: String::new(),
        category: String::new(),
        quality_score: "UNKNOWN".to_owned(),
        ..Template::default()
    }
}

/// The fields of the call merged over the previous ones; back in review.
fn described(call: &RequestFields, before: Template) -> Template {
    let fields = &call.fields;
    let text = |key: &str| fields.get(key).and_then(as_text);
    let capitals = |key: &str| text(key).map(|text| text.to_ascii_uppercase());
    let components = fields.get("components").and_then(Value::as_array);
    let seconds = fields.get("message_send_ttl_seconds");
    let seconds = seconds.and_then(|value| as_text(value)?.parse().ok());
    let is_new = before.id.is_empty();
    let mut template = Template {
        status: IN_REVIEW.to_owned(),
        name: if is_new {
            text("name").unwrap_or_default()
        } else {
            before.name
        },
        language: if is_new {
            text("language").unwrap_or_default()
        } else {
            before.language
        },
        category: capitals("category").unwrap_or(before.category),
        parameter_format: capitals("parameter_format").unwrap_or(before.parameter_format),
        components: components.map_or(before.components, |list| {
            list.iter().map(with_capitals).collect()
        }),
        quality_score: before.quality_score,
        message_send_ttl_seconds: seconds.or(before.message_send_ttl_seconds),
        id: before.id,
        rejected_reason: "NONE".to_owned(),
    };
    authentication::complete(&mut template);
    template
}

/// Meta shows types and formats in upper case, however they were written.
fn with_capitals(component: &Value) -> Value {
    let mut component = component.clone();
    let buttons = component.get_mut("buttons").and_then(Value::as_array_mut);
    for button in buttons.into_iter().flatten() {
        upper(button, "type");
    }
    upper(&mut component, "type");
    upper(&mut component, "format");
    component
}

fn upper(holder: &mut Value, key: &str) {
    if let Some(Value::String(text)) = holder.get_mut(key) {
        text.make_ascii_uppercase();
    }
}

fn put(state: &State, waba_id: &str, template: Template) -> Result<Template, GraphError> {
    let account = state.put_account(Account {
        waba_id: waba_id.to_owned(),
        templates: vec![template],
        ..Account::default()
    });
    let templates = account.map(|account| account.templates).unwrap_or_default();
    let template = templates.into_iter().next();
    template.ok_or_else(|| GraphError::of(131_000))
}

/// A text, or a number as text.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
