//! The audit: the sets of accepted, stored and posted messages must be equal.
//!
//! Pure functions. Retries, leases and crashes are no excuse: only what was acknowledged to a business counts. Each
//! finding names a message and the violated invariant; [`verdict`] counts them as the figures that the auditor prints.

mod acknowledged;
mod figures;
mod finding;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use common::ids::MessageId;
use common::message::MessageState;

pub use acknowledged::{Acknowledged, Acknowledgement, ClientLogError};
pub use figures::{Figure, Figures};
pub use finding::Finding;
pub use verdict::{
    CampaignRow, DatabaseRecords, LedgerRecords, MessageRow, Post, Verdict, verdict,
};

/// A message as stored in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its state.
    pub state: MessageState,
    /// Whether it is flagged as possibly delivered twice.
    pub possible_duplicate: bool,
    /// The statuses recorded for it.
    pub statuses: Statuses,
}

/// Statuses of a message reported by Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statuses {
    /// `sent`.
    pub sent: bool,
    /// `delivered`.
    pub delivered: bool,
    /// `read`.
    pub read: bool,
    /// `failed`.
    pub failed: bool,
}

impl Statuses {
    /// The statuses of a message that was read.
    pub const READ: Self = Self {
        sent: true,
        delivered: true,
        read: true,
        failed: false,
    };
    /// The statuses of a message that failed.
    pub const FAILED: Self = Self {
        sent: false,
        delivered: false,
        read: false,
        failed: true,
    };
}

/// Compares the three sets. Every posted message must have been reported as `read` or `failed`: the simulated Meta must
/// be configured so that each message ends in one of them.
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
    let per_message = stored.iter().flat_map(|(id, message)| {
        check_message(*id, *message, posted.get(id).copied().unwrap_or_default())
    });
    lost.chain(phantoms)
        .chain(unknown)
        .chain(per_message)
        .collect()
}

fn check_message(id: MessageId, message: Stored, posts: u32) -> Vec<Finding> {
    let state = message.state;
    let mut findings = Vec::new();
    if !state.is_settled() {
        findings.push(Finding::Unsettled(id, state));
    } else if posts == 0 {
        findings.push(if state.is_delivery() {
            Finding::MissingPost(id, state)
        } else {
            Finding::NeverPosted(id, state)
        });
    } else if !state.is_delivery() {
        findings.push(Finding::UnexpectedPost(id, state));
    } else if let Some(status) = missing_status(message.statuses) {
        findings.push(Finding::StatusMissing(id, status));
    }
    if posts > 1 && !message.possible_duplicate {
        findings.push(Finding::UnflaggedDuplicate(id, posts));
    }
    findings
}

/// The first missing status. A duplicate may have been both read and failed: then both statuses are recorded.
const fn missing_status(statuses: Statuses) -> Option<&'static str> {
    match statuses {
        Statuses {
            failed: true,
            sent: false,
            delivered: false,
            read: false,
        } => None,
        Statuses { sent: false, .. } => Some("sent"),
        Statuses {
            delivered: false, ..
        } => Some("delivered"),
        Statuses { read: false, .. } => Some("read"),
        _ => None,
    }
}
