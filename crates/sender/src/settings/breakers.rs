//! The settings of the breakers of numbers and of campaigns.

use serde::Deserialize;

/// With fewer results than these, the failed share of a campaign is not meaningful.
const FEWEST_RESULTS: u32 = 50;

/// Settings of the breakers of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerSettings {
    /// The number of messages in doubt that opens a number's breaker, if they are more than its clear answers
    /// meanwhile.
    pub in_doubt: u32,
    /// The time within which they are counted: longer than a POST may take, because POSTs that time out are in doubt.
    pub within_ms: u64,
    /// How often Meta is asked about a number whose breaker is open.
    pub ask_every_ms: u64,
}

/// Settings of the breaker of campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CampaignBreakerSettings {
    /// How many of the last messages with a result from Meta are evaluated together; at least 50.
    pub results: u32,
    /// If more than this share of them failed, the campaign is paused.
    pub failed_share: f64,
    /// How often running campaigns are evaluated.
    pub every_ms: u64,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            in_doubt: 5,
            within_ms: 20_000,
            ask_every_ms: 5_000,
        }
    }
}

impl Default for CampaignBreakerSettings {
    fn default() -> Self {
        Self {
            results: 100,
            failed_share: 0.5,
            every_ms: 2_000,
        }
    }
}

impl CampaignBreakerSettings {
    /// How many results are evaluated together: with fewer the share would be random.
    pub(crate) fn results(self) -> u32 {
        self.results.max(FEWEST_RESULTS)
    }
}
