//! Settings of the section `template_sync`.

use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;

/// Settings of the section `template_sync`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How often each account is synchronised, in minutes. Meta allows 200 calls an hour for an account without a number
    /// and 5,000 for others; a run takes one call for every 100 templates.
    pub interval_minutes: u32,
    /// How many accounts are synchronised at a time, in all: by the schedule and by jobs.
    pub concurrency: usize,
    /// How many publications of templates are carried out at a time, at most one for each account.
    pub publications: usize,
    /// For how long a publication is one process's, in seconds. One that a killed process had in hand is taken up again after
    /// that time. An attempt is cut off shortly before; with the upload of samples it may take some minutes.
    pub publication_lease_seconds: u32,
    /// How many templates are created for an account within an hour. Meta creates 100.
    pub creations_per_hour: usize,
    /// How many edits of an approved template are made within 24 hours. Meta accepts 1.
    pub edits_per_day: usize,
    /// How many edits of an approved template are made within 30 days. Meta accepts 10.
    pub edits_per_month: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval_minutes: 60,
            concurrency: 4,
            publications: 4,
            publication_lease_seconds: 600,
            creations_per_hour: 100,
            edits_per_day: 1,
            edits_per_month: 10,
        }
    }
}

impl Settings {
    pub(crate) fn publication_lease(self) -> Duration {
        Duration::from_secs(self.publication_lease_seconds.max(1).into())
    }

    pub(crate) fn interval(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.interval_minutes.max(1)))
    }
}
