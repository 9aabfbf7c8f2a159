//! `POST /sim/webhooks/resend`: posts webhooks again, as after an outage of the receiver.

use std::time::Instant;

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::graph::messages::report;
use crate::ledger::LedgerEntry;
use crate::state::State;
use crate::webhook::delivery_queue::Item;

/// Entries read at a time.
const AT_A_TIME: u64 = 1_000;

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

/// Schedules them; returns the number of bodies or messages.
pub(crate) fn resend(state: &State, wanted: &Resend) -> usize {
    match wanted {
        Resend::Last(count) => last(state, *count),
        Resend::BizOpaqueCallbackData(opaque) => report_all(state, &state.ledger.of(opaque)),
        Resend::WholeLedger => whole_ledger(state),
    }
}

fn whole_ledger(state: &State) -> usize {
    let mut scheduled = 0;
    let mut after = 0;
    loop {
        let entries = state.ledger.after(after, AT_A_TIME);
        let Some(last) = entries.last() else {
            return scheduled;
        };
        after = last.sequence;
        scheduled += report_all(state, &entries);
    }
}

fn report_all(state: &State, entries: &[LedgerEntry]) -> usize {
    let reported = entries.iter().filter(|entry| report::again(state, entry));
    reported.count()
}

fn last(state: &State, count: usize) -> usize {
    let bodies = state.recent.last(count);
    for (body, updates) in &bodies {
        let posting = state.posting(body.clone(), *updates);
        state
            .delivery_queue
            .add(Instant::now(), Item::Posting(posting));
    }
    bodies.len()
}
