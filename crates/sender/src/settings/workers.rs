//! The settings of the periodic workers: the reaper and the dispatch of campaigns.

use serde::Deserialize;

/// Settings of the reaper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReaperSettings {
    /// How often it handles due timers: leases, retries, messages in doubt, and held messages that waited for opt-outs.
    pub due_every_ms: u64,
    /// How often it searches for lost jobs, and for held messages whose reason has ended but that were not released.
    pub sweep_every_ms: u64,
    /// After how long an accepted message that no sender claimed is published again; or after twice the age of the
    /// lane's jobs, if that is more.
    pub lost_after_ms: u64,
    /// The maximum number of messages of one step.
    pub batch: i64,
}

/// Settings of the dispatch of campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DispatchSettings {
    /// How often rows are dispatched while a campaign runs.
    pub every_ms: u64,
    /// How often to check for running campaigns while there is none.
    pub idle_ms: u64,
    /// The maximum number of rows of one transaction.
    pub chunk: u32,
    /// The maximum of outstanding messages of a number, as the time in which the number can send them.
    pub window_ms: u64,
}

impl Default for ReaperSettings {
    fn default() -> Self {
        Self {
            due_every_ms: 1_000,
            sweep_every_ms: 15_000,
            lost_after_ms: 120_000,
            batch: 500,
        }
    }
}

impl Default for DispatchSettings {
    fn default() -> Self {
        Self {
            every_ms: 200,
            idle_ms: 1_000,
            chunk: 500,
            window_ms: 2_000,
        }
    }
}
