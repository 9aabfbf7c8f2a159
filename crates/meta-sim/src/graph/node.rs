//! `GET /{id}`: the node of an account, a number, a template or a file.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::auth::{self, Caller};
use super::error::GraphError;
use super::query::{self, Params};
use super::{NodeId, media_files, phone_numbers, templates};
use crate::script::Endpoint;
use crate::state::State;
use crate::state::accounts::Waba;

const WABA_TYPE: &str = "WhatsAppBusinessAccount";
const WABA_DEFAULTS: [&str; 5] = [
    "id",
    "name",
    "currency",
    "timezone_id",
    "message_template_namespace",
];

pub(crate) async fn show(
    request: HttpRequest,
    node: Path<NodeId>,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::Node, &id, |params| {
        let caller = auth::caller(&request, params, &state)?;
        self::node(&caller, params, &state, &id)
    })
    .await
}

fn node(caller: &Caller, params: &Params, state: &State, id: &str) -> Result<Value, GraphError> {
    let accounts = state.accounts();
    let refusal = || GraphError::no_such_object("get", id);
    let may = |waba_id: &str| auth::may(caller, auth::MANAGEMENT, waba_id, refusal);
    if let Some(number) = accounts.numbers.get(id) {
        may(&number.waba_id)?;
        return phone_numbers::shown(number, params);
    }
    if let Some(template) = accounts.templates.get(id) {
        may(&template.waba_id)?;
        return templates::shown(template, params);
    }
    if let Some(file) = media_files::find(state, caller, params, "get", id)? {
        return Ok(media_files::shown(state, &file));
    }
    let waba = accounts.wabas.get(id).ok_or_else(refusal)?;
    may(&waba.id)?;
    let tier = waba
        .number_ids
        .first()
        .and_then(|number| accounts.numbers.get(number));
    let tier = tier.map(|number| number.facts.messaging_limit.as_str());
    query::shown(&waba_node(waba, tier), params, &WABA_DEFAULTS, WABA_TYPE)
}

fn waba_node(waba: &Waba, messaging_limit: Option<&str>) -> Map<String, Value> {
    let owner = json!({"id": waba.business_id, "name": waba.name});
    let fields = [
        ("id", json!(waba.id)),
        ("name", json!(waba.name)),
        ("currency", json!(waba.currency)),
        ("country", json!("BF")),
        ("timezone_id", json!(waba.timezone_id)),
        (
            "message_template_namespace",
            json!(format!("simulated_{}", waba.id)),
        ),
        ("account_review_status", json!(waba.account_review_status)),
        (
            "business_verification_status",
            json!(waba.business_verification_status),
        ),
        ("ownership_type", json!("CLIENT_OWNED")),
        ("owner_business_info", owner),
        ("on_behalf_of_business_info", Value::Null),
        ("primary_business_location", json!("BF")),
        ("status", json!("ACTIVE")),
        ("is_enabled_for_insights", json!(true)),
        ("disable_marketing_messages_on_cloud_api", json!(false)),
        ("marketing_messages_lite_api_status", json!("INELIGIBLE")),
        ("subscribed_apps", Value::Null),
        ("primary_funding_id", Value::Null),
        ("purchase_order_number", Value::Null),
        ("marketing_messages_onboarding_status", json!("ELIGIBLE")),
        (
            "whatsapp_business_manager_messaging_limit",
            json!(messaging_limit),
        ),
        ("health_status", health("WABA", &waba.id, "AVAILABLE")),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The `health_status` field of a node (Meta, messaging health status).
pub(crate) fn health(entity_type: &str, id: &str, can_send: &str) -> Value {
    let entity = json!({"entity_type": entity_type, "id": id, "can_send_message": can_send});
    json!({"can_send_message": can_send, "entities": [entity]})
}

/// The URL of a list of this node, in the version of the request.
pub(crate) fn address(request: &HttpRequest, state: &State, id: &str, edge: &str) -> String {
    let version = request.match_info().get("version").unwrap_or("v25.0");
    let base = state.base_url.get().map(String::as_str).unwrap_or_default();
    format!("{base}/{version}/{id}{edge}")
}
