//! `POST /sim/numbers`: Meta changes the limits of a number and reports it (Meta, webhooks reference:
//! `phone_number_quality_update`, `business_capability_update`).

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::ControlError;
use super::inbound::{self, FieldChange};
use crate::limits::messaging::clients_of;
use crate::state::State;

/// Meta changes the limits of a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberChange {
    /// The number.
    pub phone_number_id: String,
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`. No webhook reports it.
    pub quality_rating: Option<String>,
    /// `STANDARD` or `HIGH`. No webhook reports it.
    pub throughput: Option<String>,
    /// `TIER_250` … `TIER_UNLIMITED`: of every number of the portfolio, and reported to each of its
    /// accounts by `business_capability_update`.
    pub messaging_limit: Option<String>,
    /// `FLAGGED`, `THROUGHPUT_UPGRADE`, `ONBOARDING`: reported by `phone_number_quality_update`,
    /// with the messaging limit.
    pub event: Option<String>,
}

pub(super) async fn post(
    change: Json<NumberChange>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    self::change(&state, &change)?;
    Ok(HttpResponse::Accepted().finish())
}

/// Changes the number and posts the webhooks that report it.
pub(crate) fn change(state: &State, change: &NumberChange) -> Result<(), ControlError> {
    let number = state
        .accounts()
        .numbers
        .get(&change.phone_number_id)
        .cloned()
        .ok_or(ControlError::UnknownNumber)?;
    state.change_number(change);
    if let Some(limit) = &change.messaging_limit {
        let accounts = state.accounts();
        let of_portfolio = |id: &&String| {
            let waba = accounts.wabas.get(id.as_str());
            waba.is_some_and(|waba| waba.business_id == number.business_id)
        };
        for waba_id in accounts.wabas.keys().filter(of_portfolio) {
            let value = json!({
                "max_daily_conversations_per_business": as_number(limit),
                "max_phone_numbers_per_business": 20,
                "max_phone_numbers_per_waba": 25,
            });
            report(state, waba_id, "business_capability_update", value)?;
        }
    }
    if let Some(event) = &change.event {
        let value = json!({
            "display_phone_number": number.digits,
            "event": event,
            "max_daily_conversations_per_business":
                change.messaging_limit.as_ref().unwrap_or(&number.facts.messaging_limit),
        });
        report(state, &number.waba_id, "phone_number_quality_update", value)?;
    }
    Ok(())
}

/// Skipped without a subscription.
fn report(state: &State, waba_id: &str, field: &str, value: Value) -> Result<(), ControlError> {
    if !state.delivers_webhooks(waba_id) {
        return Ok(());
    }
    let change = FieldChange {
        waba_id: waba_id.to_owned(),
        field: field.to_owned(),
        value,
    };
    inbound::report(state, &change)
}

/// Meta writes the same limit as a number here and as a text there.
fn as_number(limit: &str) -> Value {
    match clients_of(limit) {
        Some(clients) => json!(clients),
        None => json!(-1),
    }
}
