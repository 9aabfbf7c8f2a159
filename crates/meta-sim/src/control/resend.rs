//! `POST /sim/webhooks/resend`: webhooks again, as after an outage of the receiver.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::graph::messages::accept::report_again;
use crate::state::State;
use crate::webhook::schedule::Item;

/// Which webhooks to post again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resend {
    /// The last so many bodies that were answered 200, byte for byte (kept within 16 MiB).
    Last(usize),
    /// The usual statuses of the messages accepted under this id.
    BizOpaqueCallbackData(String),
    /// The usual statuses of every message in the ledger, in its order.
    WholeLedger,
}

pub(super) async fn post(wanted: Json<Resend>, state: Data<State>) -> HttpResponse {
    HttpResponse::Accepted().json(json!({"scheduled": resend(&state, &wanted)}))
}

/// Schedules them; says how many bodies, or messages, that concerns.
pub(crate) fn resend(state: &State, wanted: &Resend) -> usize {
    let entries = match wanted {
        Resend::Last(count) => return last(state, *count),
        Resend::BizOpaqueCallbackData(opaque) => state.ledger.of(opaque),
        Resend::WholeLedger => state.ledger.after(0, usize::MAX),
    };
    entries
        .iter()
        .filter(|entry| report_again(state, entry))
        .count()
}

fn last(state: &State, count: usize) -> usize {
    let bodies = state.recent.last(count);
    for (body, updates) in &bodies {
        let posting = state.posting(body.clone(), *updates);
        state.schedule.add(Instant::now(), Item::Posting(posting));
    }
    bodies.len()
}
