//! When the breaker of a number opens: pure.
//!
//! A single message in doubt is usually a network error; when most of a number's messages within a few seconds are in
//! doubt, its next ones would be too. Each sender counts its own POSTs, and a breaker that one sender opens applies to
//! all.

use std::collections::HashMap;
use std::time::Duration;

use common::ids::PhoneNumberId;
use common::message::PostOutcome;
use tokio::time::Instant;

use crate::settings::BreakerSettings;

/// The maximum number of tracked numbers; beyond it, numbers with old doubts only are removed.
const KEPT: usize = 10_000;

/// The recent doubts of all numbers of this process.
#[derive(Debug)]
pub(crate) struct Doubts {
    settings: BreakerSettings,
    numbers: HashMap<PhoneNumberId, Recent>,
}

#[derive(Debug, Clone, Copy)]
struct Recent {
    since: Instant,
    doubts: u32,
    clear: u32,
}

impl Doubts {
    #[must_use]
    pub(crate) fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            numbers: HashMap::new(),
        }
    }

    /// Records the outcome of a POST; returns the number of doubts if they open the breaker.
    pub(crate) fn take_in(
        &mut self,
        number: &PhoneNumberId,
        outcome: PostOutcome,
        now: Instant,
    ) -> Option<u32> {
        let within = self.within();
        let is_old = |recent: &Recent| now.saturating_duration_since(recent.since) >= within;
        match outcome {
            // Nothing was sent to Meta.
            PostOutcome::GivenBack => None,
            PostOutcome::Doubt => {
                if self.numbers.len() >= KEPT {
                    self.numbers.retain(|_, recent| !is_old(recent));
                }
                let fresh = Recent {
                    since: now,
                    doubts: 0,
                    clear: 0,
                };
                let recent = self.numbers.entry(number.clone()).or_insert(fresh);
                if is_old(recent) {
                    *recent = fresh;
                }
                recent.doubts += 1;
                let doubts = recent.doubts;
                let opens = doubts >= self.settings.in_doubt.max(1) && doubts > recent.clear;
                if opens {
                    self.numbers.remove(number);
                }
                opens.then_some(doubts)
            }
            _ => {
                if let Some(recent) = self.numbers.get_mut(number) {
                    recent.clear += 1;
                }
                None
            }
        }
    }

    /// The time within which doubts are counted together.
    pub(crate) const fn within(&self) -> Duration {
        Duration::from_millis(self.settings.within_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn doubts() -> Doubts {
        Doubts::new(BreakerSettings {
            in_doubt: 5,
            within_ms: 10_000,
            ..BreakerSettings::default()
        })
    }

    fn number() -> PhoneNumberId {
        "106540352242922".parse().unwrap()
    }

    #[test]
    fn several_doubts_within_seconds_open_the_breaker() {
        let (mut doubts, now) = (doubts(), Instant::now());
        let opened: Vec<_> = (0..5)
            .map(|second| {
                let at = now + Duration::from_secs(second);
                doubts.take_in(&number(), PostOutcome::Doubt, at)
            })
            .collect();
        assert_eq!(opened, [None, None, None, None, Some(5)]);
    }

    #[test]
    fn a_number_is_not_held_for_another() {
        let (mut doubts, now) = (doubts(), Instant::now());
        for tail in 1..=9 {
            let number = format!("10654035224292{tail}").parse().unwrap();
            assert_eq!(doubts.take_in(&number, PostOutcome::Doubt, now), None);
        }
    }

    proptest! {
        #[test]
        fn doubts_that_are_far_apart_are_no_reason(pauses in prop::collection::vec(2_500_u64..20_000, 0..50)) {
            let (mut doubts, mut now) = (doubts(), Instant::now());
            for pause in pauses {
                now += Duration::from_millis(pause);
                prop_assert_eq!(doubts.take_in(&number(), PostOutcome::Doubt, now), None);
            }
        }

        #[test]
        fn a_few_doubts_among_many_clear_answers_are_no_reason(rounds in 1_usize..200) {
            let (mut doubts, now) = (doubts(), Instant::now());
            for _ in 0..rounds {
                prop_assert_eq!(doubts.take_in(&number(), PostOutcome::Doubt, now), None);
                for _ in 0..3 {
                    doubts.take_in(&number(), PostOutcome::Submitted, now);
                }
            }
        }
    }
}
