//! `GET /debug_token` (Meta, access token debugging), with the app token.
//!
//! A token of another app is refused, as Meta does.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::auth::{self, Caller};
use super::error::GraphError;
use super::query::Params;
use crate::script::Endpoint;
use crate::state::State;
use crate::state::account::Token;

const FOREIGN: &str = "The App_id in the input_token did not match the Viewing App";
const GRANULAR: [&str; 2] = [auth::MANAGEMENT, auth::MESSAGING];

pub(crate) async fn show(request: HttpRequest, state: Data<State>) -> HttpResponse {
    super::serve(
        &request,
        &state,
        Endpoint::DebugToken,
        "debug_token",
        |params| look(&request, params, &state),
    )
    .await
}

fn look(request: &HttpRequest, params: &Params, state: &State) -> Result<Value, GraphError> {
    let viewer = match auth::caller(request, params, state)? {
        Caller::App => state.config.app_id.clone(),
        Caller::Holder(token) => token.app_id.clone(),
    };
    let required = || GraphError::parameter("The parameter input_token is required");
    let input = params.get("input_token").ok_or_else(required)?;
    let Some(token) = state.accounts().tokens.get(input).cloned() else {
        return Ok(unreadable());
    };
    if token.app_id != viewer {
        return Err(GraphError::parameter(FOREIGN));
    }
    Ok(json!({"data": described(&token)}))
}

fn described(token: &Token) -> Value {
    let refusal = auth::is_good(token).err();
    let mut data = json!({
        "app_id": token.app_id,
        "type": "SYSTEM_USER",
        "application": "Im.Age Commerce (sandbox)",
        "data_access_expires_at": 0,
        "expires_at": token.expires_at,
        "is_valid": refusal.is_none(),
        "scopes": token.scopes,
        "granular_scopes": granular(token),
        "user_id": "122100000000000001",
    });
    if let (Some(refusal), Some(data)) = (refusal, data.as_object_mut()) {
        data.insert("error".to_owned(), refusal.in_debug_token());
    }
    data
}

/// A permission without `target_ids` covers every account.
fn granular(token: &Token) -> Vec<Value> {
    let targets = token.target_ids.as_deref().unwrap_or_default();
    let granted = GRANULAR
        .iter()
        .filter(|scope| token.scopes.iter().any(|s| s == *scope));
    granted
        .map(|scope| match targets.is_empty() {
            true => json!({"scope": scope}),
            false => json!({"scope": scope, "target_ids": targets}),
        })
        .collect()
}

fn unreadable() -> Value {
    let error = json!({"code": 190, "message": "Invalid OAuth access token."});
    json!({"data": {"error": error, "is_valid": false, "scopes": []}})
}
