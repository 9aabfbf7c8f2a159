//! The settings of retention-janitor.

use std::time::Duration;

use chrono::TimeDelta;
use common::retention::Category;
use secrecy::SecretString;
use serde::Deserialize;
use storage::StorageSettings;

/// All settings that retention-janitor reads.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The section `janitor`.
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
    /// A month of messages and events is dropped when its first day is this many days old; a month of files as well, or
    /// after 70 days. It may only be shortened, to no less than 31: a month that still receives messages is kept. The
    /// database refuses to drop a month earlier: `djigbachats migrate` stores this setting there.
    pub retention_days: u16,
    /// How often all messages are counted, in seconds.
    pub count_interval_seconds: u64,
}

impl Default for JanitorSettings {
    fn default() -> Self {
        let days = Category::Messages.default_period().num_days();
        Self {
            retention_days: u16::try_from(days).unwrap_or(u16::MAX),
            count_interval_seconds: 300,
        }
    }
}

impl JanitorSettings {
    /// The retention by the setting; [`Category::shortened_to`] limits it for each category.
    #[must_use]
    pub fn retention(self) -> TimeDelta {
        TimeDelta::days(i64::from(self.retention_days))
    }

    /// How often all messages are counted.
    #[must_use]
    pub const fn count_interval(self) -> Duration {
        Duration::from_secs(self.count_interval_seconds)
    }
}
