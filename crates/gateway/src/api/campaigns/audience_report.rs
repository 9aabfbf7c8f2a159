//! The report on an audience: what is left out and why. Every row of the file is counted once.

use common::campaign::SkipReason;
use serde::Serialize;
use storage::campaign_recipients::LeftOut;
use storage::campaigns::Campaign;
use utoipa::ToSchema;

use crate::audience::RowNote;

/// What an import found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Audience {
    /// Rows of the file, without its header and blank ones.
    rows: i32,
    /// Rows that get the message.
    planned: i32,
    /// Rows that are left out: `rows` is `planned` and these.
    left_out_total: i32,
    /// Why rows are left out.
    left_out: Vec<LeftOutRows>,
    /// What should be known of planned rows.
    notes: Vec<Note>,
    /// How the file was written.
    #[schema(example = "windows-1252")]
    encoding: String,
    /// The sign between its fields.
    #[schema(value_type = String, example = ";")]
    delimiter: char,
}

/// Rows that are left out for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeftOutRows {
    #[schema(example = "too_short")]
    reason: &'static str,
    /// The reason for a shop owner, and what can be done.
    explanation: &'static str,
    count: i32,
    /// The first ten of them, as a spreadsheet numbers them: the header is row 1.
    rows: Vec<i32>,
}

/// Something that was passed over in planned rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Note {
    #[schema(example = "second_number_ignored")]
    note: &'static str,
    explanation: &'static str,
    count: i32,
}

impl Audience {
    /// The report of a campaign; `None` before its first import.
    pub(crate) fn of(campaign: &Campaign) -> Option<Self> {
        let report = campaign.audience.as_ref()?;
        let ignored = report.second_numbers_ignored;
        // The counts of the import: those of the campaign go on changing when it runs.
        let left_out_total = report.left_out().map(|(_, left_out)| left_out.count).sum();
        Some(Self {
            rows: campaign.rows.read,
            planned: campaign.rows.read.saturating_sub(left_out_total),
            left_out_total,
            left_out: report.left_out().map(LeftOutRows::from).collect(),
            notes: (ignored > 0)
                .then(|| Note::of(RowNote::SecondNumberIgnored, ignored))
                .into_iter()
                .collect(),
            encoding: report.file.encoding.clone(),
            delimiter: report.file.delimiter,
        })
    }
}

impl From<(SkipReason, &LeftOut)> for LeftOutRows {
    fn from((reason, left_out): (SkipReason, &LeftOut)) -> Self {
        Self {
            reason: reason.as_str(),
            explanation: reason.explain(),
            count: left_out.count,
            rows: left_out.rows.clone(),
        }
    }
}

impl Note {
    const fn of(note: RowNote, count: i32) -> Self {
        Self {
            note: note.as_str(),
            explanation: note.explain(),
            count,
        }
    }
}
