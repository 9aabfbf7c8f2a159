//! `GET /{waba_id}/message_templates` with its filters, and the node of a template.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::query::{self, Params};
use super::{NodeId, auth, page};
use crate::script::Endpoint;
use crate::state::State;
use crate::state::accounts::{StoredTemplate, Waba};

const MOST: usize = 1_000;
/// Meta, templates overview: for a verified business with an approved display name, and for others.
const LIMIT_OF_VERIFIED: u32 = 6_000;
const LIMIT: u32 = 250;
const NODE_TYPE: &str = "WhatsAppBusinessHSM";
const QUALITY_DATE: i64 = 1_767_600_000;
const DEFAULTS: [&str; 7] = [
    "name",
    "parameter_format",
    "components",
    "language",
    "status",
    "category",
    "id",
];

pub(crate) async fn list(
    request: HttpRequest,
    node: Path<NodeId>,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(
        &request,
        &state,
        Endpoint::MessageTemplates,
        &id,
        |params| {
            let caller = auth::caller(&request, params, &state)?;
            let refusal = || GraphError::no_such_object("get", &id);
            let accounts = state.accounts();
            let waba = accounts.wabas.get(&id).ok_or_else(refusal)?;
            auth::may(&caller, auth::MANAGEMENT, &id, refusal)?;
            let wanted: Vec<&Arc<StoredTemplate>> = waba
                .templates
                .iter()
                .filter(|template| is_wanted(template, params))
                .collect();
            let page = page::cut(&wanted, params, MOST, state.cursor_generation())?;
            let data: Result<Vec<Value>, GraphError> = page
                .items
                .iter()
                .map(|template| shown(template, params))
                .collect();
            let url = super::node::address(&request, &state, &id, "/message_templates");
            let mut body = json!({"data": data?, "paging": page.paging(&url, params)});
            if let (Some(asked), Some(body)) = (params.get("summary"), body.as_object_mut()) {
                body.insert(
                    "summary".to_owned(),
                    summary(asked, wanted.len(), limit(&state, waba)),
                );
            }
            Ok(body)
        },
    )
    .await
}

/// The fields of a template that the query requests.
pub(crate) fn shown(template: &StoredTemplate, params: &Params) -> Result<Value, GraphError> {
    query::shown(&node(template), params, &DEFAULTS, NODE_TYPE)
}

fn node(template: &StoredTemplate) -> Map<String, Value> {
    let facts = &template.facts;
    let can_send = if facts.status == "APPROVED" {
        "AVAILABLE"
    } else {
        "BLOCKED"
    };
    let quality = json!({"score": facts.quality_score, "date": QUALITY_DATE});
    let fields = [
        ("id", json!(facts.id)),
        ("name", json!(facts.name)),
        ("language", json!(facts.language)),
        ("category", json!(facts.category)),
        ("previous_category", json!(facts.previous_category)),
        ("correct_category", json!(facts.correct_category)),
        ("sub_category", json!("CUSTOM")),
        ("status", json!(facts.status)),
        ("rejected_reason", json!(facts.rejected_reason)),
        ("components", json!(facts.components)),
        ("parameter_format", json!(facts.parameter_format)),
        ("quality_score", quality),
        (
            "message_send_ttl_seconds",
            json!(facts.message_send_ttl_seconds),
        ),
        ("library_template_name", Value::Null),
        ("cta_url_link_tracking_opted_out", json!(false)),
        ("degrees_of_freedom_spec", Value::Null),
        ("bid_spec", Value::Null),
        ("optimization_spec", Value::Null),
        ("is_primary_device_delivery_only", Value::Null),
        ("creative_sourcing_spec", Value::Null),
        (
            "health_status",
            super::node::health("MESSAGE_TEMPLATE", &facts.id, can_send),
        ),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn is_wanted(template: &StoredTemplate, params: &Params) -> bool {
    let facts = &template.facts;
    let is = |filter: &str, value: &str| params.allows(filter, value);
    let has = |name: &str, text: &str| params.get(name).is_none_or(|part| text.contains(part));
    let content = &template.shape.message.body_text;
    let name = params.get("name").is_none_or(|name| name == facts.name);
    name && is("language", &facts.language)
        && is("category", &facts.category)
        && is("status", &facts.status)
        && is("quality_score", &facts.quality_score)
        && has("content", content)
        && has("name_or_content", &format!("{} {content}", facts.name))
}

/// How many templates the account may have.
pub(super) fn limit(state: &State, waba: &Waba) -> u32 {
    let accounts = state.accounts();
    let mut numbers = waba
        .number_ids
        .iter()
        .filter_map(|id| accounts.numbers.get(id));
    let is_named = numbers.any(|number| number.facts.name_status == "APPROVED");
    let of_meta = match waba.business_verification_status == "verified" && is_named {
        true => LIMIT_OF_VERIFIED,
        false => LIMIT,
    };
    state
        .limits()
        .templates
        .templates_per_account
        .unwrap_or(of_meta)
}

fn summary(asked: &str, total: usize, limit: u32) -> Value {
    let all = [
        ("total_count", json!(total)),
        ("message_template_count", json!(total)),
        ("message_template_limit", json!(limit)),
        ("are_translations_complete", json!(true)),
    ];
    let asked: Vec<&str> = asked.split(',').map(str::trim).collect();
    all.into_iter()
        .filter(|(name, _)| asked.contains(name))
        .map(|(name, value)| (name.to_owned(), value))
        .collect::<Map<String, Value>>()
        .into()
}
