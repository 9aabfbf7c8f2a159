//! Settings of the section `template_sync`.

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
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval_minutes: 60,
            concurrency: 4,
        }
    }
}

impl Settings {
    pub(crate) fn interval(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.interval_minutes.max(1)))
    }
}
