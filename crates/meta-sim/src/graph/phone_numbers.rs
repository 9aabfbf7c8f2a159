//! `GET /{waba_id}/phone_numbers`, and the node of a number.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::error::GraphError;
use super::query::{self, Params};
use super::{NodeId, auth, page};
use crate::script::Endpoint;
use crate::state::State;
use crate::state::accounts::StoredNumber;

/// OpenAPI of Meta: at most 100 numbers on a page.
const MOST: usize = 100;
const NODE_TYPE: &str = "WhatsAppBusinessPhoneNumber";
const DEFAULTS: [&str; 7] = [
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
    "id",
];

pub(crate) async fn list(
    request: HttpRequest,
    node: Path<NodeId>,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::PhoneNumbers, &id, |params| {
        let caller = auth::caller(&request, params, &state)?;
        let refusal = || GraphError::no_such_object("get", &id);
        let accounts = state.accounts();
        let waba = accounts.wabas.get(&id).ok_or_else(refusal)?;
        auth::may(&caller, auth::MANAGEMENT, &id, refusal)?;
        let page = page::cut(&waba.number_ids, params, MOST, state.cursor_generation())?;
        let numbers = page.items.iter().filter_map(|id| accounts.numbers.get(id));
        let data: Result<Vec<Value>, GraphError> =
            numbers.map(|number| shown(number, params)).collect();
        let url = super::node::address(&request, &state, &id, "/phone_numbers");
        Ok(json!({"data": data?, "paging": page.paging(&url, params)}))
    })
    .await
}

/// The fields of a number that the query requests.
pub(crate) fn shown(number: &StoredNumber, params: &Params) -> Result<Value, GraphError> {
    query::shown(&node(number), params, &DEFAULTS, NODE_TYPE)
}

fn node(number: &StoredNumber) -> Map<String, Value> {
    let facts = &number.facts;
    let can_send = if facts.status == "CONNECTED" {
        "AVAILABLE"
    } else {
        "BLOCKED"
    };
    let fields = [
        ("id", json!(facts.id)),
        ("display_phone_number", json!(facts.display_phone_number)),
        ("verified_name", json!(facts.verified_name)),
        ("name_status", json!(facts.name_status)),
        ("new_name_status", json!("NONE")),
        ("quality_rating", json!(facts.quality_rating)),
        ("quality_score", json!({"score": facts.quality_rating})),
        ("throughput", json!({"level": facts.throughput})),
        (
            "whatsapp_business_manager_messaging_limit",
            json!(facts.messaging_limit),
        ),
        ("messaging_limit_tier", json!(facts.messaging_limit)),
        (
            "code_verification_status",
            json!(facts.code_verification_status),
        ),
        ("account_mode", json!(facts.account_mode)),
        ("platform_type", json!("CLOUD_API")),
        ("status", json!(facts.status)),
        ("is_pin_enabled", json!(true)),
        ("is_official_business_account", json!(false)),
        ("is_on_biz_app", json!(facts.is_on_biz_app)),
        ("last_onboarded_time", json!("2026-01-05T08:00:00+0000")),
        ("webhook_configuration", Value::Null),
        ("country_dial_code", json!(facts.country_code)),
        ("is_preverified_number", json!(false)),
        ("search_visibility", json!("NON_VISIBLE")),
        ("host_platform", json!("CLOUD_API")),
        ("conversational_automation", Value::Null),
        ("eligibility_for_api_business_global_search", Value::Null),
        ("certificate", Value::Null),
        ("new_certificate", Value::Null),
        ("country_code", Value::Null),
        ("unified_cert_status", Value::Null),
        ("username", Value::Null),
        (
            "health_status",
            super::node::health("PHONE_NUMBER", &facts.id, can_send),
        ),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
