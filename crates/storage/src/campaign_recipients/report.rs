//! What an import found: every row of the file is counted once, as planned or under the reason why it is skipped.

use std::collections::BTreeMap;

use common::campaign::{RowNote, SkipReason};
use serde::{Deserialize, Serialize};

use super::SealedRecipient;

/// How many rows of each reason are named.
pub const ROWS_SHOWN: usize = 10;
/// How many messages of an audience are shown filled in.
pub const MESSAGES_SHOWN: usize = 3;

/// How the file was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileForm {
    /// Such as `utf-8`.
    pub encoding: String,
    /// The sign between the fields.
    pub delimiter: char,
}

/// What the last import of a campaign found; kept with the campaign. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudienceReport {
    /// How the file was written.
    pub file: FileForm,
    /// Rows that are skipped, by [`SkipReason::code`].
    pub skipped_recipients: BTreeMap<i16, RowCount>,
    /// Planned rows of which something should be known, by [`RowNote::code`].
    #[serde(default)]
    pub notes: BTreeMap<i16, RowCount>,
    /// The planned rows whose messages tell most about the file, at most [`MESSAGES_SHOWN`].
    #[serde(default)]
    pub shown: Vec<i32>,
}

/// The rows that one reason, or one note, is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RowCount {
    /// How many.
    pub count: i32,
    /// The first of them, at most [`ROWS_SHOWN`].
    pub rows: Vec<i32>,
}

/// The counts of an import while it runs.
#[derive(Default)]
pub(super) struct ImportStats {
    pub(super) planned: i32,
    pub(super) skipped_recipients: BTreeMap<i16, RowCount>,
    pub(super) notes: BTreeMap<i16, RowCount>,
    shown: Vec<(Interest, i32)>,
}

/// How much the message of a row tells about the file, the most first: letters that may be wrong show in it, or letters
/// beyond ASCII, which every mistake of encoding changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Interest {
    Implausible,
    Repaired,
    Accented,
    Plain,
}

impl ImportStats {
    pub(super) fn plan(&mut self, recipient: &SealedRecipient) {
        self.planned = self.planned.saturating_add(1);
        for note in &recipient.notes {
            let of_note = self.notes.entry(note.code()).or_default();
            of_note.add(recipient.row_number);
        }
        self.shown
            .push((Interest::of(recipient), recipient.row_number));
        self.shown.sort_unstable();
        self.shown.truncate(MESSAGES_SHOWN);
    }

    /// Counts a row that is skipped; gives back how many are skipped for its reason.
    pub(super) fn leave_out(&mut self, row_number: i32, reason: SkipReason) -> i32 {
        let of_reason = self.skipped_recipients.entry(reason.code()).or_default();
        of_reason.add(row_number);
        of_reason.count
    }

    /// The rows whose messages are shown, in the file's order.
    pub(super) fn shown(&self) -> Vec<i32> {
        let mut rows: Vec<i32> = self.shown.iter().map(|(_, row)| *row).collect();
        rows.sort_unstable();
        rows
    }

    pub(super) fn skipped(&self) -> i32 {
        self.skipped_recipients
            .values()
            .map(|of_reason| of_reason.count)
            .fold(0, i32::saturating_add)
    }
}

impl Interest {
    fn of(recipient: &SealedRecipient) -> Self {
        if recipient.notes.contains(&RowNote::LettersImplausible) {
            Self::Implausible
        } else if recipient.notes.contains(&RowNote::LettersRepaired) {
            Self::Repaired
        } else if recipient.has_accents {
            Self::Accented
        } else {
            Self::Plain
        }
    }
}

impl RowCount {
    fn add(&mut self, row_number: i32) {
        self.count = self.count.saturating_add(1);
        if self.rows.len() < ROWS_SHOWN {
            self.rows.push(row_number);
        }
    }
}

impl AudienceReport {
    /// The rows that are skipped, with their reasons in the order of their codes.
    pub fn skipped_recipients(&self) -> impl Iterator<Item = (SkipReason, &RowCount)> {
        self.skipped_recipients
            .iter()
            .filter_map(|(code, skipped_recipients)| {
                Some((SkipReason::from_code(*code)?, skipped_recipients))
            })
    }

    /// What should be known of planned rows.
    pub fn notes(&self) -> impl Iterator<Item = (RowNote, &RowCount)> {
        self.notes
            .iter()
            .filter_map(|(code, rows)| Some((RowNote::from_code(*code)?, rows)))
    }
}
