//! The answers, as far as the shop reads them.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One page of a list.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Business {
    pub(crate) id: String,
}

#[derive(Deserialize)]
pub(crate) struct Key {
    pub(crate) key: String,
}

#[derive(Deserialize)]
pub(crate) struct Number {
    pub(crate) phone_number_id: String,
    pub(crate) waba_id: String,
    pub(crate) display_phone_number: String,
    pub(crate) verified_name: String,
    pub(crate) throughput_level: String,
    /// `connected`, `stopped` or `disconnected`.
    pub(crate) connection: String,
}

#[derive(Deserialize)]
pub(crate) struct Waba {
    pub(crate) waba_id: String,
    pub(crate) templates_synced_at: Option<String>,
    pub(crate) templates_sync_error: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Template {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) category: String,
    pub(crate) sendable: bool,
    /// Absent for one-time codes, whose text is Meta's.
    pub(crate) body: Option<String>,
}

/// A template that the shop writes.
#[derive(Deserialize)]
pub(crate) struct Draft {
    pub(crate) id: String,
}

/// What became of a template of the starter pack.
#[derive(Deserialize)]
pub(crate) struct Installed {
    /// `publishing`, `template_exists` or `draft_exists`.
    pub(crate) outcome: String,
}

/// What was asked of Meta for a template.
#[derive(Deserialize)]
pub(crate) struct Publication {
    pub(crate) id: String,
    /// `waiting`, `accepted`, `refused` or `cancelled`.
    pub(crate) state: String,
    pub(crate) explanation: Option<Explanation>,
}

/// A text for a person.
#[derive(Deserialize)]
pub(crate) struct Explanation {
    pub(crate) en: String,
}

/// What would become of each row of a file.
#[derive(Deserialize)]
pub(crate) struct DryRun {
    pub(crate) rows: u64,
    pub(crate) planned: u64,
    pub(crate) skipped_recipients_total: u64,
    pub(crate) skipped_recipients: Vec<SkippedRecipients>,
    pub(crate) notes: Vec<Note>,
    pub(crate) preview: Vec<FilledMessage>,
    pub(crate) encoding: String,
    pub(crate) delimiter: String,
}

#[derive(Clone, Deserialize)]
pub(crate) struct SkippedRecipients {
    pub(crate) explanation: String,
    pub(crate) count: u64,
    /// The first of them, counted as a spreadsheet does.
    pub(crate) rows: Vec<u64>,
}

#[derive(Deserialize)]
pub(crate) struct Note {
    pub(crate) explanation: String,
    pub(crate) count: u64,
    pub(crate) rows: Vec<u64>,
}

/// A message as its recipient will read it.
#[derive(Deserialize)]
pub(crate) struct FilledMessage {
    pub(crate) row: u64,
    pub(crate) header: Option<String>,
    /// The kind of the file in the header.
    pub(crate) header_media: Option<String>,
    pub(crate) body: String,
    pub(crate) footer: Option<String>,
    pub(crate) buttons: Vec<String>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Campaign {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) rows: u64,
    pub(crate) planned: u64,
    pub(crate) skipped_recipients: u64,
    /// Messages by state, of those that were released.
    pub(crate) by_state: BTreeMap<String, u64>,
    pub(crate) failures: Vec<FailureCount>,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct FailureCount {
    /// Meta's code.
    pub(crate) code: i64,
    pub(crate) explanation: String,
    pub(crate) count: u64,
}

#[derive(Deserialize)]
pub(crate) struct Message {
    pub(crate) to: String,
    pub(crate) state: String,
    pub(crate) possible_duplicate: bool,
}
