//! What an import found: every row of the file is counted once, as planned or under the reason why it is left out.

use std::collections::BTreeMap;

use common::campaign::SkipReason;
use serde::{Deserialize, Serialize};

/// How many rows of each reason are named.
pub const ROWS_SHOWN: usize = 10;

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
    /// Rows that are left out, by [`SkipReason::code`].
    pub left_out: BTreeMap<i16, LeftOut>,
    /// Planned rows in whose cell a second number was left aside.
    pub second_numbers_ignored: i32,
}

/// The rows that are left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// How many.
    pub count: i32,
    /// The first of them, at most [`ROWS_SHOWN`].
    pub rows: Vec<i32>,
}

/// The counts of an import while it runs.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) planned: i32,
    pub(super) left_out: BTreeMap<i16, LeftOut>,
    pub(super) second_numbers_ignored: i32,
}

impl Tally {
    pub(super) fn plan(&mut self, noted: bool) {
        self.planned = self.planned.saturating_add(1);
        self.second_numbers_ignored = self.second_numbers_ignored.saturating_add(i32::from(noted));
    }

    pub(super) fn leave_out(&mut self, row_number: i32, reason: SkipReason) {
        let of_reason = self.left_out.entry(reason.code()).or_default();
        of_reason.count = of_reason.count.saturating_add(1);
        if of_reason.rows.len() < ROWS_SHOWN {
            of_reason.rows.push(row_number);
        }
    }

    pub(super) fn skipped(&self) -> i32 {
        self.left_out
            .values()
            .map(|of_reason| of_reason.count)
            .fold(0, i32::saturating_add)
    }
}

impl AudienceReport {
    /// The rows that are left out, with their reasons in the order of their codes.
    pub fn left_out(&self) -> impl Iterator<Item = (SkipReason, &LeftOut)> {
        self.left_out
            .iter()
            .filter_map(|(code, left_out)| Some((SkipReason::from_code(*code)?, left_out)))
    }
}
