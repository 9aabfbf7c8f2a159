//! The ledger of the simulated Meta: JSON lines as written by `--ledger-file`, or pages read over HTTP.

use common::message::OpaqueId;
use serde::Deserialize;

use crate::audit::{LedgerRecords, Post};

/// Entries per page.
const PAGE: usize = 10_000;

/// A ledger that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A line that is not an entry of a ledger.
    #[error("line {line} is not an entry of the simulator's ledger")]
    Line {
        /// From 1.
        line: usize,
        /// Why.
        #[source]
        why: serde_json::Error,
    },
    /// The simulator does not answer.
    #[error("the simulator's ledger cannot be read over HTTP")]
    Http(#[from] reqwest::Error),
}

/// The fields of an entry that the audit needs.
#[derive(Deserialize)]
struct Entry {
    biz_opaque_callback_data: Option<String>,
    phone_number_id: String,
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<Entry>,
    next_after: Option<u64>,
}

/// Reads JSON lines. An unterminated last line was never answered and is ignored.
///
/// # Errors
/// When a complete line is not an entry.
pub fn from_lines(text: &str) -> Result<LedgerRecords, LedgerError> {
    let whole = text.rfind('\n').and_then(|end| text.get(..end));
    let mut records = LedgerRecords::default();
    for (line, text) in (1..).zip(whole.unwrap_or_default().lines()) {
        let entry = serde_json::from_str(text).map_err(|why| LedgerError::Line { line, why })?;
        add(&mut records, entry);
    }
    Ok(records)
}

/// Reads the ledger of the simulator at `http://host:port`.
///
/// # Errors
/// When it does not answer, or answers something else.
pub async fn from_simulator(
    http: &reqwest::Client,
    base_url: &str,
) -> Result<LedgerRecords, LedgerError> {
    let mut records = LedgerRecords::default();
    let mut after = Some(0);
    while let Some(sequence) = after {
        let url = format!("{base_url}/sim/ledger?after={sequence}&limit={PAGE}");
        let page: Page = http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        page.entries
            .into_iter()
            .for_each(|entry| add(&mut records, entry));
        after = page.next_after;
    }
    Ok(records)
}

fn add(records: &mut LedgerRecords, entry: Entry) {
    let named = entry.biz_opaque_callback_data.as_deref();
    match named.and_then(|text| OpaqueId::parse(text).ok()) {
        Some(id) => records.posts.push(Post {
            business_id: id.business_id,
            message_id: id.message_id,
            phone_number_id: entry.phone_number_id,
        }),
        None => records.unidentified += 1,
    }
}
