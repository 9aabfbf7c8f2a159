//! The ledger: every POST to `/messages` that the simulated Meta accepted, in order.
//!
//! It is the oracle of tests. An entry is added before the answer is sent, and, with a file, written to the operating
//! system first, so that it survives a kill of the simulator. A message accepted twice under one
//! `biz_opaque_callback_data` would be received twice by the client.
//!
//! Times are read under the ledger's lock, so that they increase with the position as long as the system clock is not
//! set back. Readers take the lock for a few hundred entries at a time, so that reading a million of them does not
//! block senders.

mod entry;
mod file;
mod pages;
mod send_rate;

use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::clock::now_ms;
use crate::state::locks::lock;
pub(crate) use entry::Acceptance;
pub use entry::{AcceptedMessage, Answered, LedgerEntry};
use file::LedgerFile;
pub use file::LedgerFileError;
use pages::{Pages, View};
pub use send_rate::SendRate;

const REPEATED_SHOWN: usize = 100;
/// Entries read under one lock.
const AT_A_TIME: u64 = 256;

/// A summary of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSummary {
    /// Accepted POSTs.
    pub accepted: u64,
    /// Different `biz_opaque_callback_data` among them.
    pub distinct_opaque_ids: u64,
    /// Accepted POSTs without one.
    pub without_opaque_id: u64,
    /// How many `biz_opaque_callback_data` were accepted more than once.
    pub repeated_opaque_ids: u64,
    /// Accepted POSTs per `biz_opaque_callback_data`, for up to 100 of the repeated ones.
    pub repeated: Vec<(String, u32)>,
}

/// Every accepted POST.
#[derive(Default)]
pub(crate) struct Ledger {
    pages: Mutex<Pages>,
    file: Option<LedgerFile>,
}

/// The position of an accepted POST in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entered {
    pub(crate) sequence: u64,
    pub(crate) repetition: u32,
}

impl Ledger {
    /// A ledger in memory, or one that continues the file at `path`.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, LedgerFileError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let mut pages = Pages::default();
        let file = LedgerFile::open(path, |entry| {
            pages.push(&entry.acceptance(), entry.accepted_at_ms);
        })?;
        Ok(Self {
            pages: Mutex::new(pages),
            file: Some(file),
        })
    }

    /// Adds an accepted POST.
    pub(crate) fn enter(&self, acceptance: &Acceptance<'_>) -> Result<Entered, LedgerFileError> {
        let mut pages = lock(&self.pages);
        let entered = pages.push(acceptance, now_ms());
        if let Some(file) = &self.file {
            let entry = pages.view(entered.sequence).map(|view| view.entry());
            drop(pages);
            entry.map_or(Ok(()), |entry| file.append(&entry))?;
        }
        Ok(entered)
    }

    /// The number of POSTs, which is the sequence of the last one.
    pub(crate) fn len(&self) -> u64 {
        lock(&self.pages).len()
    }

    /// All entries after `sequence`, at most `limit`.
    pub(crate) fn after(&self, sequence: u64, limit: u64) -> Vec<LedgerEntry> {
        let mut entries = Vec::new();
        let last = sequence.saturating_add(limit);
        self.walk(sequence, last, |_, view| entries.push(view.entry()));
        entries
    }

    /// The messages whose first acceptance is after `sequence` and not after `last`.
    pub(crate) fn messages(&self, sequence: u64, last: u64) -> Vec<AcceptedMessage> {
        let mut messages = Vec::new();
        self.walk(sequence, last, |pages, view| {
            if view.repetition() == 1 {
                messages.push(pages.message(&view));
            }
        });
        messages
    }

    /// The maximum number of accepted POSTs of one number within any window of this length.
    pub(crate) fn send_rate(&self, phone_number_id: &str, window_ms: u64) -> SendRate {
        let mut times = Vec::new();
        self.walk(0, u64::MAX, |_, view| {
            if view.phone_number_id() == phone_number_id {
                times.push(view.accepted_at_ms());
            }
        });
        SendRate::of(phone_number_id, window_ms, times)
    }

    /// The entries of one `biz_opaque_callback_data`.
    pub(crate) fn of(&self, opaque: &str) -> Vec<LedgerEntry> {
        let pages = lock(&self.pages);
        let entries = pages.acceptances(opaque).into_iter();
        entries.map(|view| view.entry()).collect()
    }

    /// How often `opaque` was accepted.
    pub(crate) fn repetitions(&self, opaque: &str) -> u32 {
        let pages = lock(&self.pages);
        pages.acceptances(opaque).last().map_or(0, View::repetition)
    }

    /// The summary of the ledger.
    pub(crate) fn summary(&self) -> LedgerSummary {
        let pages = lock(&self.pages);
        LedgerSummary {
            accepted: pages.len(),
            distinct_opaque_ids: pages.distinct(),
            without_opaque_id: pages.without_opaque(),
            repeated_opaque_ids: pages.repeated(),
            repeated: pages.first_repeated(REPEATED_SHOWN),
        }
    }

    /// Deletes everything, including the file's content.
    pub(crate) fn clear(&self) -> Result<(), LedgerFileError> {
        *lock(&self.pages) = Pages::default();
        self.file.as_ref().map_or(Ok(()), LedgerFile::empty)
    }

    /// Visits the entries after `sequence`, up to and including `last`, in order.
    fn walk(&self, sequence: u64, last: u64, mut look: impl FnMut(&Pages, View<'_>)) {
        let mut seen = sequence;
        while seen < last {
            let pages = lock(&self.pages);
            let until = last.min(seen.saturating_add(AT_A_TIME)).min(pages.len());
            if seen >= until {
                return;
            }
            for sequence in seen + 1..=until {
                if let Some(view) = pages.view(sequence) {
                    look(&pages, view);
                }
            }
            seen = until;
        }
    }
}
