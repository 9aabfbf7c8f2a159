//! The ledger: every POST to `/messages` that the simulated Meta accepted, in order.
//!
//! It is the oracle of tests. An entry is made before the answer is given, and, with a file, it is
//! written to the operating system first, so that it outlives a kill of the simulator. What is
//! accepted twice under one `biz_opaque_callback_data` is what a client would receive twice.

use std::collections::HashMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::state::locks::lock;

const REPEATED_SHOWN: usize = 100;

/// What the client was told about a POST that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// The whole 200.
    Fully,
    /// Nothing: the connection was cut.
    Cut,
    /// The 200, but late.
    Late,
    /// The first half of the JSON.
    Truncated,
    /// HTTP 500 with an HTML page.
    Html500,
}

/// One accepted POST.
#[derive(Clone, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Place in the ledger, from 1.
    pub sequence: u64,
    /// Unix milliseconds.
    pub accepted_at_ms: i64,
    /// The sender's own id of the message.
    pub biz_opaque_callback_data: Option<Arc<str>>,
    /// How often this `biz_opaque_callback_data` has been accepted, this time included; 1 without.
    pub repetition: u32,
    /// The number that sent.
    pub phone_number_id: String,
    /// The recipient as the request named it.
    pub input: String,
    /// The recipient as WhatsApp knows it; absent when addressed by BSUID.
    pub wa_id: Option<String>,
    /// The recipient's BSUID.
    pub user_id: String,
    /// The message's id at Meta.
    pub wamid: String,
    /// `template`, `text` and so on.
    #[serde(rename = "type")]
    pub kind: String,
    /// The template's name.
    pub template: Option<String>,
    /// The template's category in lower case, `service` for other messages.
    pub category: String,
    /// What the client was told.
    pub answered: Answered,
    /// The request's body, when the configuration keeps bodies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
}

impl fmt::Debug for LedgerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerEntry")
            .field("sequence", &self.sequence)
            .field("repetition", &self.repetition)
            .field("phone_number_id", &self.phone_number_id)
            .field("answered", &self.answered)
            .finish_non_exhaustive()
    }
}

/// The ledger in short.
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
    pub repeated: Vec<(Arc<str>, u32)>,
}

/// The ledger's file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the ledger file cannot be used")]
pub struct LedgerFileError(#[from] std::io::Error);

/// Every accepted POST.
#[derive(Default)]
pub(crate) struct Ledger {
    pages: Mutex<Pages>,
    file: Option<LedgerFile>,
}

struct LedgerFile {
    file: Mutex<File>,
    path: PathBuf,
}

#[derive(Default)]
struct Pages {
    entries: Vec<LedgerEntry>,
    repetitions: HashMap<Arc<str>, u32>,
}

impl Ledger {
    /// A ledger in memory, or one that goes on from what `path` holds.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, LedgerFileError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let (entries, whole) = whole_lines(&text);
        // A line without its end was being written when the process was killed: nobody had an
        // answer for it.
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        let mut pages = Pages::default();
        for entry in entries {
            pages.push(entry);
        }
        let file = LedgerFile {
            file: Mutex::new(file),
            path: path.to_owned(),
        };
        Ok(Self {
            pages: Mutex::new(pages),
            file: Some(file),
        })
    }

    /// Enters an accepted POST; its sequence and repetition are set here.
    pub(crate) fn enter(&self, entry: LedgerEntry) -> Result<LedgerEntry, LedgerFileError> {
        let entered = lock(&self.pages).push(entry);
        if let Some(file) = &self.file {
            let mut line = serde_json::to_vec(&entered).map_err(std::io::Error::from)?;
            line.push(b'\n');
            lock(&file.file).write_all(&line)?;
        }
        Ok(entered)
    }

    /// All entries after `sequence`, at most `limit`.
    pub(crate) fn after(&self, sequence: u64, limit: usize) -> Vec<LedgerEntry> {
        let pages = lock(&self.pages);
        let skipped = usize::try_from(sequence).unwrap_or(usize::MAX);
        pages
            .entries
            .iter()
            .skip(skipped)
            .take(limit)
            .cloned()
            .collect()
    }

    /// The entries of one `biz_opaque_callback_data`.
    pub(crate) fn of(&self, opaque: &str) -> Vec<LedgerEntry> {
        let pages = lock(&self.pages);
        let found = pages.entries.iter();
        found
            .filter(|e| e.biz_opaque_callback_data.as_deref() == Some(opaque))
            .cloned()
            .collect()
    }

    /// How often `opaque` was accepted.
    pub(crate) fn repetitions(&self, opaque: &str) -> u32 {
        lock(&self.pages)
            .repetitions
            .get(opaque)
            .copied()
            .unwrap_or_default()
    }

    /// The ledger in short.
    pub(crate) fn summary(&self) -> LedgerSummary {
        let pages = lock(&self.pages);
        let with: u64 = pages
            .repetitions
            .values()
            .map(|count| u64::from(*count))
            .sum();
        let accepted = count(pages.entries.len());
        let repeated = pages.repetitions.iter().filter(|(_, count)| **count > 1);
        LedgerSummary {
            accepted,
            distinct_opaque_ids: count(pages.repetitions.len()),
            without_opaque_id: accepted.saturating_sub(with),
            repeated_opaque_ids: count(repeated.clone().count()),
            repeated: repeated
                .take(REPEATED_SHOWN)
                .map(|(id, n)| (Arc::clone(id), *n))
                .collect(),
        }
    }

    /// Forgets everything, in the file too.
    pub(crate) fn clear(&self) -> Result<(), LedgerFileError> {
        *lock(&self.pages) = Pages::default();
        if let Some(file) = &self.file {
            let mut handle = lock(&file.file);
            handle.set_len(0)?;
            handle.seek(SeekFrom::Start(0))?;
            tracing::info!(path = %file.path.display(), "the ledger file was emptied");
        }
        Ok(())
    }
}

impl Pages {
    fn push(&mut self, mut entry: LedgerEntry) -> LedgerEntry {
        entry.sequence = count(self.entries.len()) + 1;
        entry.repetition = 1;
        if let Some(opaque) = &mut entry.biz_opaque_callback_data {
            if let Some((known, _)) = self.repetitions.get_key_value(opaque) {
                *opaque = Arc::clone(known);
            }
            let seen = self.repetitions.entry(Arc::clone(opaque)).or_insert(0);
            *seen += 1;
            entry.repetition = *seen;
        }
        self.entries.push(entry.clone());
        entry
    }
}

/// The entries of all lines that end, and how many bytes those are.
fn whole_lines(text: &[u8]) -> (Vec<LedgerEntry>, u64) {
    let mut entries = Vec::new();
    let mut whole = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let Some(line_text) = line.strip_suffix(b"\n") else {
            break;
        };
        whole += count(line.len());
        match serde_json::from_slice(line_text) {
            Ok(entry) => entries.push(entry),
            Err(_) => tracing::warn!("a line of the ledger file is not an entry and was skipped"),
        }
    }
    (entries, whole)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
