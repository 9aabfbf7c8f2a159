//! `/{waba_id}/subscribed_apps`: the apps that get an account's webhooks.
//!
//! Without a subscription no webhook is posted, although sends succeed. Overrides of the callback URL are refused as
//! not simulated.

use std::sync::Arc;

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::NodeId;
use super::auth::{self, Caller};
use super::error::GraphError;
use super::query::Params;
use super::request_fields;
use crate::script::Endpoint;
use crate::state::State;
use crate::state::accounts::Waba;

const OVERRIDE: &str = "override_callback_uri";

pub(crate) async fn list(
    request: HttpRequest,
    node: Path<NodeId>,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::SubscribedApps, &id, |params| {
        let (waba, _) = waba_of(&request, params, &state, "get", &id)?;
        let apps: Vec<Value> = waba
            .subscribed_apps
            .iter()
            .map(|app| shown(app, &state))
            .collect();
        Ok(json!({"data": apps}))
    })
    .await
}

pub(crate) async fn subscribe(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::SubscribedApps, &id, |_| {
        let call = request_fields::read(&request, &body);
        let (waba, app_id) = waba_of(&request, &call.params, &state, "post", &id)?;
        refuse_override(&waba, &app_id, &call.fields)?;
        state.subscribe(&id, &app_id, true);
        Ok(json!({"success": true}))
    })
    .await
}

pub(crate) async fn unsubscribe(
    request: HttpRequest,
    node: Path<NodeId>,
    state: Data<State>,
) -> HttpResponse {
    let id = node.into_inner().id;
    super::serve(&request, &state, Endpoint::SubscribedApps, &id, |params| {
        let (_, app_id) = waba_of(&request, params, &state, "delete", &id)?;
        state.subscribe(&id, &app_id, false);
        Ok(json!({"success": true}))
    })
    .await
}

/// The account, and the app of the caller's token.
fn waba_of(
    request: &HttpRequest,
    params: &Params,
    state: &State,
    method: &str,
    id: &str,
) -> Result<(Arc<Waba>, String), GraphError> {
    let caller = auth::caller(request, params, state)?;
    let refusal = || GraphError::no_such_object(method, id);
    let waba = state
        .accounts()
        .wabas
        .get(id)
        .cloned()
        .ok_or_else(refusal)?;
    auth::may(&caller, auth::MANAGEMENT, id, refusal)?;
    let app_id = match caller {
        Caller::App => state.config.app_id.clone(),
        Caller::Holder(token) => token.app_id.clone(),
    };
    Ok((waba, app_id))
}

fn refuse_override(
    waba: &Waba,
    app_id: &str,
    fields: &Map<String, Value>,
) -> Result<(), GraphError> {
    if !fields.contains_key(OVERRIDE) {
        return Ok(());
    }
    if !waba.subscribed_apps.iter().any(|app| app == app_id) {
        let message = "Before override the current callback uri, your app must be subscribed to \
                       receive messages for WhatsApp Business Account";
        return Err(GraphError::parameter(message));
    }
    Err(GraphError::parameter(
        "override_callback_uri is not simulated",
    ))
}

fn shown(app_id: &str, state: &State) -> Value {
    let own = app_id == state.config.app_id;
    let name = if own {
        "Im.Age Commerce (sandbox)"
    } else {
        "Another app"
    };
    let link = format!("https://www.facebook.com/games/?app_id={app_id}");
    json!({"whatsapp_business_api_data": {"id": app_id, "link": link, "name": name}})
}
