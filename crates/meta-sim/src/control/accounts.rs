//! `/sim/accounts`: accounts with their numbers, tokens and templates.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde_json::{Value, json};

use super::error::ControlError;
use crate::state::State;
use crate::state::account::Account;
use crate::state::accounts::{Accounts, Waba};

pub(super) async fn list(state: Data<State>) -> HttpResponse {
    let accounts = state.accounts();
    let listed: Vec<Value> = accounts
        .wabas
        .values()
        .map(|waba| shown(waba, &accounts))
        .collect();
    HttpResponse::Ok().json(json!({"accounts": listed}))
}

pub(super) async fn put(
    account: Json<Account>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    Ok(HttpResponse::Created().json(state.put_account(account.into_inner())?))
}

fn shown(waba: &Waba, accounts: &Accounts) -> Value {
    let numbers = waba
        .number_ids
        .iter()
        .filter_map(|id| accounts.numbers.get(id));
    let numbers: Vec<Value> = numbers.map(|number| json!(number.facts)).collect();
    let reaches = |targets: &[String]| targets.is_empty() || targets.contains(&waba.id);
    let tokens = accounts
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
