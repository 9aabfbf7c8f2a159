//! The messaging limit: how many different people the numbers of a portfolio may write to in 24 hours, outside of open
//! customer service windows (Meta, messaging limits). Pure.

mod usage;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::message::Window;

pub use usage::LimitUsage;

/// How long a person counts after the last message that reached them.
pub const COUNTS_FOR: TimeDelta = TimeDelta::hours(24);
/// How long a customer service window is treated as open after a client's message (Meta, customer service windows): one
/// minute less, because a claimed message reaches Meta later.
pub const WINDOW_OPEN_FOR: TimeDelta = TimeDelta::minutes(24 * 60 - 1);

/// How many people may be messaged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum MessagingLimit {
    /// This many.
    People(u32),
    /// Any number.
    Unlimited,
    /// A limit that Meta added since, or none in Meta's response.
    Other(String),
}

/// Whether a message to the client of this window counts against the limit.
#[must_use]
pub fn counts_against_limit(window: Window, now: DateTime<Utc>) -> bool {
    let is_open = |wrote_at| now - wrote_at < WINDOW_OPEN_FOR;
    !window.last_inbound_at.is_some_and(is_open)
}

impl MessagingLimit {
    /// Parses Meta's value: `TIER_250`, `TIER_2K`, …, `TIER_UNLIMITED`.
    #[must_use]
    pub fn from_meta(word: &str) -> Self {
        let people = |size: &str| match size.strip_suffix('K') {
            Some(thousands) => thousands.parse::<u32>().ok()?.checked_mul(1_000),
            None => size.parse().ok(),
        };
        match word.strip_prefix("TIER_") {
            Some("UNLIMITED") => Self::Unlimited,
            Some(size) => people(size).map_or_else(|| Self::Other(word.to_owned()), Self::People),
            None => Self::Other(word.to_owned()),
        }
    }

    /// The number of `max_daily_conversations_per_business`: -1 is unlimited (Meta, `business_capability_update`).
    #[must_use]
    pub fn from_number(people: i64) -> Option<Self> {
        match people {
            -1 => Some(Self::Unlimited),
            people => u32::try_from(people).ok().map(Self::People),
        }
    }

    /// The value as Meta writes it.
    #[must_use]
    pub fn as_meta(&self) -> String {
        match self {
            Self::People(people) if *people > 0 && people % 1_000 == 0 => {
                format!("TIER_{}K", people / 1_000)
            }
            Self::People(people) => format!("TIER_{people}"),
            Self::Unlimited => "TIER_UNLIMITED".to_owned(),
            Self::Other(word) => word.clone(),
        }
    }

    /// The maximum number of people. An unknown value sets no limit here: Meta refuses messages beyond its own.
    #[must_use]
    pub const fn people(&self) -> Option<u32> {
        match self {
            Self::People(people) => Some(*people),
            Self::Unlimited | Self::Other(_) => None,
        }
    }
}

impl From<String> for MessagingLimit {
    fn from(word: String) -> Self {
        Self::from_meta(&word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_tier_is_a_number_of_people() {
        let people = |word| MessagingLimit::from_meta(word).people();
        let tiers = ["TIER_50", "TIER_250", "TIER_2K", "TIER_10K", "TIER_100K"].map(people);
        assert_eq!(tiers, [50, 250, 2_000, 10_000, 100_000].map(Some));
        for word in ["TIER_UNLIMITED", "UNKNOWN", "TIER_", "TIER_9999999K", ""] {
            assert_eq!(people(word), None, "{word}");
        }
    }

    #[test]
    fn the_number_of_a_webhook_means_the_same_as_the_word() {
        for (number, word) in [
            (250, "TIER_250"),
            (2_000, "TIER_2K"),
            (-1, "TIER_UNLIMITED"),
        ] {
            let limit = MessagingLimit::from_number(number).unwrap();
            assert_eq!(limit, MessagingLimit::from_meta(word));
        }
        assert_eq!(MessagingLimit::from_number(-2), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(people: u32, word in "[A-Z_0-9]{0,12}") {
            let limit = MessagingLimit::People(people);
            prop_assert_eq!(MessagingLimit::from_meta(&limit.as_meta()), limit);
            let limit = MessagingLimit::from_meta(&word);
            prop_assert_eq!(MessagingLimit::from_meta(&limit.as_meta()), limit);
        }
    }
}
