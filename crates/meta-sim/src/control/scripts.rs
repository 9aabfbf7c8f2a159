//! `/sim/scripts`: fault injection.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde_json::json;

use crate::script::Script;
use crate::state::State;

pub(super) async fn add(script: Json<Script>, state: Data<State>) -> HttpResponse {
    let id = state.scripts.add(script.into_inner());
    HttpResponse::Created().json(json!({"id": id}))
}

pub(super) async fn list(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"scripts": state.scripts.reports()}))
}

pub(super) async fn clear(state: Data<State>) -> HttpResponse {
    state.scripts.clear();
    HttpResponse::NoContent().finish()
}
