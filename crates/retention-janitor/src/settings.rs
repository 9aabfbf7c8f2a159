//! What retention-janitor needs.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use storage::StorageSettings;

/// All that retention-janitor needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its own.
    pub janitor: JanitorSettings,
    /// Postgres.
    pub database: StorageSettings,
    /// The master keys, as `sealing::MasterKeys::parse` reads them.
    pub master_key: SecretString,
}

/// Settings of the section `janitor`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JanitorSettings {
    /// A month of messages is dropped when its first day is this many days old. With backups of 14 days nothing outlives
    /// 12 months (privacy policy, section 8). May only be shortened, to no less than 31: a month that still takes messages is
    /// kept. The database refuses to drop a month earlier: `djigbachats migrate` tells it this setting.
    pub retention_days: u16,
    /// How often all messages are counted, in seconds.
    pub count_interval_seconds: u64,
}

/// The longest retention: 12 months less the life of a backup.
const LONGEST_RETENTION_DAYS: u16 = 351;
/// The shortest retention: a month is over by then.
const SHORTEST_RETENTION_DAYS: u16 = 31;
/// A month of files is dropped when its first day is this many days old: no message with one of them may wait for longer
/// (`common::media`), and what is large is not kept for nothing.
const MEDIA_RETENTION_DAYS: u16 = 70;

impl Default for JanitorSettings {
    fn default() -> Self {
        Self {
            retention_days: LONGEST_RETENTION_DAYS,
            count_interval_seconds: 300,
        }
    }
}

impl JanitorSettings {
    /// The retention in days, never longer than what was promised, never so short that the present month is past it.
    #[must_use]
    pub fn retention_days(self) -> u16 {
        self.retention_days
            .clamp(SHORTEST_RETENTION_DAYS, LONGEST_RETENTION_DAYS)
    }

    /// The retention of files in days; shorter when that of messages is.
    #[must_use]
    pub fn media_retention_days(self) -> u16 {
        self.retention_days().min(MEDIA_RETENTION_DAYS)
    }

    /// How often all messages are counted.
    #[must_use]
    pub const fn count_interval(self) -> Duration {
        Duration::from_secs(self.count_interval_seconds)
    }
}
