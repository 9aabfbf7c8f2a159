//! The ledger of the simulated Meta: as JSON lines, which it writes with `--ledger-file`, or asked for in pages.

use common::message::OpaqueId;
use serde::Deserialize;

use crate::audit::{LedgerBook, Post};

/// Entries of one page.
const PAGE: usize = 10_000;

/// A ledger that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A line is none of a ledger.
    #[error("line {line} is not an entry of the simulator's ledger")]
    Line {
        /// From 1.
        line: usize,
        /// Why.
        #[source]
        why: serde_json::Error,
    },
    /// The simulator does not answer.
    #[error("the simulator's ledger cannot be asked for")]
    Http(#[from] reqwest::Error),
}

/// What the audit needs of an entry.
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

/// Reads JSON lines. A last line without its end was not answered, and is not of the ledger.
///
/// # Errors
/// When a whole line is not an entry.
pub fn from_lines(text: &str) -> Result<LedgerBook, LedgerError> {
    let whole = text.rfind('\n').and_then(|end| text.get(..end));
    let mut book = LedgerBook::default();
    for (line, text) in (1..).zip(whole.unwrap_or_default().lines()) {
        let entry = serde_json::from_str(text).map_err(|why| LedgerError::Line { line, why })?;
        enter(&mut book, entry);
    }
    Ok(book)
}

/// Asks the simulator at `http://host:port`.
///
/// # Errors
/// When it does not answer, or with something else.
pub async fn from_simulator(
    http: &reqwest::Client,
    base_url: &str,
) -> Result<LedgerBook, LedgerError> {
    let mut book = LedgerBook::default();
    let mut after = Some(0);
    while let Some(place) = after {
        let url = format!("{base_url}/sim/ledger?after={place}&limit={PAGE}");
        let page: Page = http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        page.entries
            .into_iter()
            .for_each(|entry| enter(&mut book, entry));
        after = page.next_after;
    }
    Ok(book)
}

fn enter(book: &mut LedgerBook, entry: Entry) {
    let named = entry.biz_opaque_callback_data.as_deref();
    match named.and_then(|text| OpaqueId::parse(text).ok()) {
        Some(id) => book.posts.push(Post {
            business_id: id.business_id,
            message_id: id.message_id,
            phone_number_id: entry.phone_number_id,
        }),
        None => book.nameless += 1,
    }
}
