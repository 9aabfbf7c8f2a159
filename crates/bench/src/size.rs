//! The size of a run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A full measurement, or a short one that only checks that nothing is lost.
///
/// Fields missing from a stored result have the value of a full measurement: the result is older than the scenario that
/// needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Size {
    pub(crate) businesses: usize,
    /// Warm-up of each load.
    pub(crate) warm_up: Duration,
    /// Duration of each load.
    pub(crate) load: Duration,
    /// Duration of each baseline.
    #[serde(alias = "bare")]
    pub(crate) baseline: Duration,
    /// Duration of the end-to-end scenario.
    #[serde(alias = "life")]
    pub(crate) end_to_end: Duration,
    /// Duration of the end-to-end measurements of growth and senders.
    #[serde(alias = "short_life")]
    pub(crate) short_end_to_end: Duration,
    /// Messages per second of an end-to-end measurement: more than can be sent.
    #[serde(alias = "life_rate")]
    pub(crate) end_to_end_rate: u64,
    /// Counts of stored messages at which the cost of one more is measured; zeros are skipped.
    #[serde(alias = "stored")]
    pub(crate) preload: [u64; 3],
    /// Rows of the audience.
    pub(crate) audience: u64,
    /// Rows of the campaign that one-time codes overtake.
    pub(crate) otp_campaign: u64,
    /// Duration of the one-time codes, without the campaign and with it.
    pub(crate) otp: Duration,
}

impl Size {
    /// The size at which the goals apply.
    pub(crate) const FULL: Self = Self {
        businesses: 50,
        warm_up: Duration::from_secs(3),
        load: Duration::from_secs(20),
        baseline: Duration::from_secs(4),
        end_to_end: Duration::from_secs(600),
        short_end_to_end: Duration::from_secs(60),
        end_to_end_rate: 5_500,
        preload: [10_000, 1_000_000, 10_000_000],
        audience: 1_000_000,
        otp_campaign: 100_000,
        otp: Duration::from_secs(60),
    };
    /// Fast enough for a debug build on a busy machine.
    pub(crate) const SHORT: Self = Self {
        businesses: 5,
        warm_up: Duration::from_millis(300),
        load: Duration::from_secs(2),
        baseline: Duration::from_millis(300),
        end_to_end: Duration::from_secs(5),
        short_end_to_end: Duration::from_secs(4),
        end_to_end_rate: 200,
        preload: [0, 1_000, 10_000],
        audience: 10_000,
        otp_campaign: 2_000,
        otp: Duration::from_secs(2),
    };

    /// The same with another duration of each end-to-end measurement.
    pub(crate) const fn with_end_to_end(self, end_to_end: Duration) -> Self {
        Self {
            end_to_end,
            short_end_to_end: end_to_end,
            ..self
        }
    }

    /// Whether the measurements may be compared with the goals: the full size, except for the end-to-end durations.
    pub(crate) fn is_full(&self) -> bool {
        let Self {
            end_to_end,
            short_end_to_end,
            ..
        } = *self;
        *self
            == Self {
                end_to_end,
                short_end_to_end,
                ..Self::FULL
            }
    }
}

impl Default for Size {
    fn default() -> Self {
        Self::FULL
    }
}
