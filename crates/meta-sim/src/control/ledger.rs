//! `GET /sim/ledger`: what was accepted, in pages, with the summary.

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use serde::Deserialize;
use serde_json::json;

use crate::state::State;

const MOST: usize = 10_000;

#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    after: u64,
    limit: usize,
    biz_opaque_callback_data: Option<String>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            after: 0,
            limit: 1_000,
            biz_opaque_callback_data: None,
        }
    }
}

pub(super) async fn show(wanted: Query<Wanted>, state: Data<State>) -> HttpResponse {
    let limit = wanted.limit.min(MOST);
    let entries = match wanted.biz_opaque_callback_data.as_deref() {
        Some(opaque) => state.ledger.of(opaque),
        None => state.ledger.after(wanted.after, limit),
    };
    let paged = wanted.biz_opaque_callback_data.is_none() && entries.len() == limit;
    let next_after = entries.last().filter(|_| paged).map(|entry| entry.sequence);
    HttpResponse::Ok().json(json!({
        "summary": state.ledger.summary(),
        "entries": entries,
        "next_after": next_after,
    }))
}
