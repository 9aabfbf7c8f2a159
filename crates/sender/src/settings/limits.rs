//! The settings of Meta's limits on numbers.

use std::time::Duration;

use common::pair_rate_limit::PairRule;
use serde::Deserialize;

/// Settings of the number refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NumberRefreshSettings {
    /// How often to check for numbers that a webhook reported as changed.
    pub every_ms: u64,
    /// Every number is read at least this often, because a webhook may be missing.
    pub at_least_every_ms: u64,
}

/// Settings of the messaging limit.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MessagingLimitSettings {
    /// The share of each portfolio's messaging limit that is reserved for one-time codes, 0 to 1. It must be the same
    /// for all senders.
    pub otp_share: f64,
}

/// Settings of the pair rate limit: how fast a number may message one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairRateLimitSettings {
    /// One message in this many milliseconds, and the maximum length of a burst; 0 disables the limit here, so that
    /// Meta enforces it alone.
    pub every_ms: u64,
    /// The maximum number of messages of a burst, after which the recipient's next messages wait.
    pub burst: u32,
}

impl Default for PairRateLimitSettings {
    fn default() -> Self {
        Self {
            every_ms: 6_000,
            burst: 45,
        }
    }
}

impl PairRateLimitSettings {
    pub(crate) const fn rule(self) -> PairRule {
        PairRule {
            every: Duration::from_millis(self.every_ms),
            burst: self.burst,
        }
    }
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

impl Default for NumberRefreshSettings {
    fn default() -> Self {
        Self {
            every_ms: 1_000,
            at_least_every_ms: 60 * 60 * 1_000,
        }
    }
}
