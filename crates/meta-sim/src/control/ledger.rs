//! `/sim/ledger…`: accepted POSTs in pages with the summary, as JSON lines of any length, and the peak rate of a
//! number.

use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, Query};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::ControlError;
use crate::ledger::Ledger;
use crate::state::State;

const MOST: u64 = 10_000;
const LINES: &str = "application/x-ndjson";
/// Entries per chunk of a stream.
const CHUNK: u64 = 1_024;
const SECOND_MS: u64 = 1_000;

#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    after: u64,
    limit: u64,
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
    let last = entries.last().map(|entry| entry.sequence);
    let paged = wanted.biz_opaque_callback_data.is_none();
    let next_after = last.filter(|last| paged && *last == wanted.after.saturating_add(limit));
    HttpResponse::Ok().json(json!({
        "summary": state.ledger.summary(),
        "entries": entries,
        "next_after": next_after,
    }))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Start {
    after: u64,
}

/// One line per accepted POST.
pub(super) async fn entries(start: Query<Start>, state: Data<State>) -> HttpResponse {
    stream_lines(state, start.after, |ledger, after, last| {
        ledger.after(after, last - after)
    })
}

/// One line per message, however often it was accepted.
pub(super) async fn messages(start: Query<Start>, state: Data<State>) -> HttpResponse {
    stream_lines(state, start.after, Ledger::messages)
}

#[derive(Debug, Deserialize)]
pub(super) struct Window {
    phone_number_id: String,
    #[serde(default = "a_second")]
    window_ms: u64,
}

pub(super) async fn send_rate(
    window: Query<Window>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    let send_rate = state
        .ledger
        .send_rate(&window.phone_number_id, window.window_ms);
    // The ledger may outlive the account that a number belonged to.
    if send_rate.accepted == 0
        && !state
            .accounts()
            .numbers
            .contains_key(&window.phone_number_id)
    {
        return Err(ControlError::UnknownNumber);
    }
    Ok(HttpResponse::Ok().json(send_rate))
}

fn a_second() -> u64 {
    SECOND_MS
}

/// Streams the current content of the ledger in chunks as the reader consumes them; between two chunks the thread
/// serves its other connections.
fn stream_lines<T: Serialize + 'static>(
    state: Data<State>,
    after: u64,
    read: fn(&Ledger, u64, u64) -> Vec<T>,
) -> HttpResponse {
    let end = state.ledger.len();
    let pieces = stream::unfold(after, move |after| {
        let state = Data::clone(&state);
        async move {
            tokio::task::yield_now().await;
            let last = after.saturating_add(CHUNK).min(end);
            (after < end).then(|| (chunk(&read(&state.ledger, after, last)), last))
        }
    });
    HttpResponse::Ok().content_type(LINES).streaming(pieces)
}

fn chunk(lines: &[impl Serialize]) -> Result<Bytes, serde_json::Error> {
    let mut bytes = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    Ok(bytes.into())
}
