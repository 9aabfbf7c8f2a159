//! How much is measured.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A full measurement, or a short one that only shows that nothing is lost.
///
/// What a kept result does not tell is as in a full measurement: it is older than the figure that needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Size {
    pub(crate) businesses: usize,
    /// Of each load, before it is measured.
    pub(crate) warm_up: Duration,
    /// Of each load.
    pub(crate) load: Duration,
    /// Of each bare part.
    pub(crate) bare: Duration,
    /// Of the whole life.
    pub(crate) life: Duration,
    /// Of the whole life again, for each count of stored messages and of senders.
    pub(crate) short_life: Duration,
    /// Messages of the whole life for each second of it: more than can be sent.
    pub(crate) life_rate: u64,
    /// How many messages are stored when the cost of one more is measured; without the zeros.
    pub(crate) stored: [u64; 3],
    /// Rows of the audience.
    pub(crate) audience: u64,
    /// Rows of the campaign that one-time codes overtake.
    pub(crate) otp_campaign: u64,
    /// Of the one-time codes, without the campaign and with it.
    pub(crate) otp: Duration,
}

impl Size {
    /// What the goals are measured by.
    pub(crate) const FULL: Self = Self {
        businesses: 50,
        warm_up: Duration::from_secs(3),
        load: Duration::from_secs(20),
        bare: Duration::from_secs(4),
        life: Duration::from_secs(600),
        short_life: Duration::from_secs(60),
        life_rate: 5_500,
        stored: [10_000, 1_000_000, 10_000_000],
        audience: 1_000_000,
        otp_campaign: 100_000,
        otp: Duration::from_secs(60),
    };
    /// Fast enough for a debug build on a busy machine.
    pub(crate) const SHORT: Self = Self {
        businesses: 5,
        warm_up: Duration::from_millis(300),
        load: Duration::from_secs(2),
        bare: Duration::from_millis(300),
        life: Duration::from_secs(5),
        short_life: Duration::from_secs(4),
        life_rate: 200,
        stored: [0, 1_000, 10_000],
        audience: 10_000,
        otp_campaign: 2_000,
        otp: Duration::from_secs(2),
    };

    /// The same with another length of each whole life.
    pub(crate) const fn with_life(self, life: Duration) -> Self {
        Self {
            life,
            short_life: life,
            ..self
        }
    }

    /// Whether its figures may be compared with the goals: the length of the whole life apart, it is the full size.
    pub(crate) fn counts(&self) -> bool {
        let Self {
            life, short_life, ..
        } = *self;
        *self
            == Self {
                life,
                short_life,
                ..Self::FULL
            }
    }
}

impl Default for Size {
    fn default() -> Self {
        Self::FULL
    }
}
