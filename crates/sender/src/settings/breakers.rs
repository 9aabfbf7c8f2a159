//! The settings of the breakers: of numbers, and of campaigns.

use serde::Deserialize;

/// Fewer results than these say nothing of a campaign.
const FEWEST_RESULTS: u32 = 50;

/// Settings of the breakers of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerSettings {
    /// So many doubts of a number open its breaker, if they are more than its clear answers meanwhile.
    pub doubts: u32,
    /// The time in which they count together: longer than a POST may take, because those that time out are doubts.
    pub within_ms: u64,
    /// How often Meta is asked about a number whose breaker is open.
    pub ask_every_ms: u64,
}

/// Settings of the breaker of campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CampaignBreakerSettings {
    /// So many of the last messages that Meta gave its word on are judged together; at least 50.
    pub results: u32,
    /// More than this share of them failed: the campaign is paused.
    pub failed_share: f64,
    /// How often running campaigns are judged.
    pub every_ms: u64,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            doubts: 5,
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
    /// How many results are judged together: fewer would be chance.
    pub(crate) fn results(self) -> u32 {
        self.results.max(FEWEST_RESULTS)
    }
}
