//! The audit: what was accepted, what is stored and what was posted must be one and the same set of messages.
//!
//! Pure, and strict on purpose: it knows nothing of retries, leases or crashes, only of what a business was promised. Each
//! finding names a message and what is wrong with it; [`verdict`] counts them as the figures that the auditor prints.

mod figures;
mod finding;
mod promises;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use common::ids::MessageId;
use common::message::MessageState;

pub use figures::{Figure, Figures};
pub use finding::Finding;
pub use promises::{Promise, PromiseError, Promises};
pub use verdict::{CampaignRow, DatabaseBook, LedgerBook, MessageRow, Post, Verdict, verdict};

/// What the database says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its state.
    pub state: MessageState,
    /// Whether it is flagged as one that a person may have got twice.
    pub possible_duplicate: bool,
    /// Which words of Meta were recorded.
    pub words: Words,
}

/// Words of Meta about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words {
    /// `sent`.
    pub sent: bool,
    /// `delivered`.
    pub delivered: bool,
    /// `read`.
    pub read: bool,
    /// `failed`.
    pub failed: bool,
}

impl Words {
    /// All that is told of a message that was read.
    pub const READ: Self = Self {
        sent: true,
        delivered: true,
        read: true,
        failed: false,
    };
    /// All that is told of a message that failed.
    pub const FAILED: Self = Self {
        sent: false,
        delivered: false,
        read: false,
        failed: true,
    };
}

/// Compares the three sets. Every posted message must be told of as `read` or as `failed`: the simulated Meta is to be set
/// so that each message ends in one of them.
#[must_use]
pub fn audit(
    accepted: &BTreeSet<MessageId>,
    stored: &BTreeMap<MessageId, Stored>,
    posted: &BTreeMap<MessageId, u32>,
) -> Vec<Finding> {
    let lost = accepted
        .iter()
        .filter(|id| !stored.contains_key(id))
        .map(|id| Finding::Lost(*id));
    let phantoms = stored
        .keys()
        .filter(|id| !accepted.contains(id))
        .map(|id| Finding::Phantom(*id));
    let unknown = posted
        .keys()
        .filter(|id| !stored.contains_key(id))
        .map(|id| Finding::PostedUnknown(*id));
    let lives = stored.iter().flat_map(|(id, message)| {
        judge(*id, *message, posted.get(id).copied().unwrap_or_default())
    });
    lost.chain(phantoms).chain(unknown).chain(lives).collect()
}

fn judge(id: MessageId, message: Stored, posts: u32) -> Vec<Finding> {
    let state = message.state;
    let mut findings = Vec::new();
    if !state.is_settled() {
        findings.push(Finding::Unsettled(id, state));
    } else if posts == 0 {
        findings.push(if state.is_delivery() {
            Finding::NeverLeft(id, state)
        } else {
            Finding::NeverPosted(id, state)
        });
    } else if !state.is_delivery() {
        findings.push(Finding::Denied(id, state));
    } else if let Some(word) = missing_word(message.words) {
        findings.push(Finding::WordLost(id, word));
    }
    if posts > 1 && !message.possible_duplicate {
        findings.push(Finding::UnflaggedTwin(id, posts));
    }
    findings
}

/// The first word that is missing. A twin may have been read and failed: then both are there.
const fn missing_word(words: Words) -> Option<&'static str> {
    match words {
        Words {
            failed: true,
            sent: false,
            delivered: false,
            read: false,
        } => None,
        Words { sent: false, .. } => Some("sent"),
        Words {
            delivered: false, ..
        } => Some("delivered"),
        Words { read: false, .. } => Some("read"),
        _ => None,
    }
}
