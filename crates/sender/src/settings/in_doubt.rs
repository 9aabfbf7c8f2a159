//! How messages in doubt are handled.

use std::time::Duration;

use common::template::Category;
use serde::Deserialize;

/// The evidence timeouts: how long a message in doubt waits for a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InDoubtSettings {
    /// Category AUTHENTICATION: after this it is sent once more.
    pub authentication_ms: u64,
    /// The minimum lifetime that must be left of a one-time code for that.
    pub authentication_life_ms: u64,
    /// Category UTILITY: after this it is sent once more.
    pub utility_ms: u64,
    /// Messages without a template: after this they are sent once more, if the client's window is still open.
    pub service_ms: u64,
    /// Category MARKETING and unknown ones: given up after this and never sent again.
    pub marketing_ms: u64,
}

impl Default for InDoubtSettings {
    fn default() -> Self {
        Self {
            authentication_ms: 15_000,
            authentication_life_ms: 120_000,
            utility_ms: 10 * 60 * 1_000,
            service_ms: 60_000,
            marketing_ms: 24 * 60 * 60 * 1_000,
        }
    }
}

impl InDoubtSettings {
    /// The evidence timeout of the category.
    pub(crate) const fn window(self, category: &Category) -> Duration {
        Duration::from_millis(match category {
            Category::Authentication => self.authentication_ms,
            Category::Utility => self.utility_ms,
            Category::Service => self.service_ms,
            Category::Marketing | Category::Other(_) => self.marketing_ms,
        })
    }
}
