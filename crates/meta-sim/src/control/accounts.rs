//! `/sim/accounts`: accounts with their numbers, tokens and templates.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde_json::{Value, json};

use super::error::ControlError;
use crate::state::State;
use crate::state::account::Account;
use crate::state::world::{Waba, World};

pub(super) async fn list(state: Data<State>) -> HttpResponse {
    let world = state.world();
    let accounts: Vec<Value> = world
        .wabas
        .values()
        .map(|waba| shown(waba, &world))
        .collect();
    HttpResponse::Ok().json(json!({"accounts": accounts}))
}

pub(super) async fn put(
    account: Json<Account>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    Ok(HttpResponse::Created().json(state.put_account(account.into_inner())?))
}

fn shown(waba: &Waba, world: &World) -> Value {
    let numbers = waba
        .number_ids
        .iter()
        .filter_map(|id| world.numbers.get(id));
    let numbers: Vec<Value> = numbers.map(|number| json!(number.facts)).collect();
    let reaches = |targets: &[String]| targets.is_empty() || targets.contains(&waba.id);
    let tokens = world
        .tokens
        .values()
        .filter(|token| token.target_ids.as_deref().is_some_and(reaches));
    let tokens: Vec<Value> = tokens.map(|token| json!(token)).collect();
    json!({
        "waba_id": waba.id,
        "name": waba.name,
        "subscribed_apps": waba.subscribed_apps,
        "numbers": numbers,
        "tokens": tokens,
        "templates": waba.templates.len(),
    })
}
