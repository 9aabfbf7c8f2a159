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

/// Settings of the messaging limit.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessagingLimitSettings {
    /// The share of each portfolio's messaging limit that only one-time codes may take, 0 to 1. The same for all senders.
    pub otp_share: f64,
}

impl Default for MessagingLimitSettings {
    fn default() -> Self {
        Self { otp_share: 0.1 }
    }
}

impl MessagingLimitSettings {
    /// The share, within its range.
    pub(crate) const fn reserved(self) -> f64 {
        self.otp_share.clamp(0.0, 1.0)
    }
}

impl Default for RereadSettings {
    fn default() -> Self {
        Self {
            every_ms: 1_000,
            at_least_every_ms: 60 * 60 * 1_000,
        }
    }
}
