//! The settings of Meta's limits on numbers.

use serde::Deserialize;

/// Settings of the reading of numbers from Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RereadSettings {
    /// How often it is looked for numbers that a webhook said something new of.
    pub every_ms: u64,
    /// A number is read at least so often, because a webhook may be missing.
    pub at_least_every_ms: u64,
}

impl Default for RereadSettings {
    fn default() -> Self {
        Self {
            every_ms: 1_000,
            at_least_every_ms: 60 * 60 * 1_000,
        }
    }
}
