//! The pace of each number: messages leave evenly, never faster than a share of what Meta lets the number send.
//!
//! A slot is an instant in the near future. When there is none soon, nothing is reserved: the message stays accepted and
//! is asked for again. A one-time code leaves at once, out of the share that the others leave over, and the others wait
//! for it afterwards. Meta's throttle halves a number's pace, which grows back while none comes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use common::ids::PhoneNumberId;
use tokio::time::Instant;

/// Messages in a second (Meta, throughput): STANDARD.
const STANDARD: f64 = 80.0;
/// HIGH.
const HIGH: f64 = 1_000.0;
/// Numbers whose level is not known, as those shared with the WhatsApp Business app (20 in a second).
const UNKNOWN: f64 = 20.0;
/// A throttled number is slowed to this part at most.
const SLOWEST: f64 = 1.0 / 32.0;
/// A slowed number doubles its pace after this time without another throttle.
const RECOVERY: Duration = Duration::from_secs(10);
/// Numbers kept; those that are not sending are forgotten beyond that.
const KEPT: usize = 10_000;
/// The most slots of a number that are looked ahead.
const MOST_ROOM: usize = 1_000;

/// The pace of all numbers of this process.
#[derive(Debug)]
pub(crate) struct Pace {
    share: f64,
    /// How far ahead a slot may be.
    horizon: Duration,
    numbers: Mutex<HashMap<PhoneNumberId, Number>>,
}

#[derive(Debug, Clone, Copy)]
struct Number {
    next_slot: Instant,
    interval: Duration,
    slowed: f64,
    slowed_at: Instant,
}

impl Pace {
    /// Slots for a share of each number's throughput, at most `horizon` ahead.
    #[must_use]
    pub(crate) fn new(share: f64, horizon: Duration) -> Self {
        Self {
            share,
            horizon,
            numbers: Mutex::default(),
        }
    }

    /// Takes the next slot of a number; or says when to ask again, if there is none soon.
    ///
    /// # Errors
    /// The time from which there will be slots.
    pub(crate) fn take(
        &self,
        number: &PhoneNumberId,
        level: &str,
        is_urgent: bool,
        now: Instant,
    ) -> Result<Instant, Instant> {
        self.with(number, now, |pace| {
            if now.duration_since(pace.slowed_at) >= RECOVERY && pace.slowed < 1.0 {
                pace.slowed = (pace.slowed * 2.0).min(1.0);
                pace.slowed_at = now;
            }
            pace.interval =
                Duration::from_secs_f64(1.0 / (throughput(level) * self.share * pace.slowed));
            let next = pace.next_slot.max(now);
            let ahead = if is_urgent {
                self.spare()
            } else {
                self.horizon
            };
            if next > now + ahead {
                // A few slots at a time: asking for each alone would cost a claim for each.
                return Err(next - ahead / 2);
            }
            pace.next_slot = next + pace.interval;
            Ok(if is_urgent { now } else { next })
        })
    }

    /// The time between two slots of a number.
    #[must_use]
    pub(crate) fn interval(&self, number: &PhoneNumberId, now: Instant) -> Duration {
        self.with(number, now, |pace| pace.interval)
    }

    /// How many slots a number has soon.
    #[must_use]
    pub(crate) fn room(&self, number: &PhoneNumberId, now: Instant) -> usize {
        self.with(number, now, |pace| {
            let (mut slot, mut room) = (pace.next_slot.max(now), 0);
            while slot <= now + self.horizon && room < MOST_ROOM {
                slot += pace.interval.max(Duration::from_micros(100));
                room += 1;
            }
            room
        })
    }

    /// How long the share that is left over lasts if one-time codes alone use it.
    fn spare(&self) -> Duration {
        Duration::from_secs_f64(((1.0 - self.share) / self.share).clamp(0.0, 1.0))
    }

    /// Meta throttled the number.
    pub(crate) fn slow_down(&self, number: &PhoneNumberId, now: Instant) {
        self.with(number, now, |pace| {
            // Answers to what was under way together count once.
            if pace.slowed >= 1.0 || now.duration_since(pace.slowed_at) >= Duration::from_secs(1) {
                pace.slowed = (pace.slowed / 2.0).max(SLOWEST);
                pace.slowed_at = now;
            }
        });
    }

    fn with<T>(
        &self,
        number: &PhoneNumberId,
        now: Instant,
        act: impl FnOnce(&mut Number) -> T,
    ) -> T {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        if numbers.len() >= KEPT {
            numbers.retain(|_, pace| pace.next_slot > now || pace.slowed < 1.0);
        }
        let fresh = Number {
            next_slot: now,
            interval: Duration::ZERO,
            slowed: 1.0,
            slowed_at: now,
        };
        act(numbers.entry(number.clone()).or_insert(fresh))
    }
}

/// What a number can send in a second by Meta's word.
#[must_use]
pub(crate) fn throughput(level: &str) -> f64 {
    match level {
        "STANDARD" => STANDARD,
        "HIGH" => HIGH,
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HORIZON: Duration = Duration::from_millis(150);

    fn number() -> PhoneNumberId {
        "106540352242922".parse().unwrap()
    }

    /// Slots taken by asking every millisecond.
    fn slots(pace: &Pace, level: &str, from: Instant, milliseconds: u64) -> Vec<Instant> {
        let asked = (0..milliseconds).map(|at| from + Duration::from_millis(at));
        asked
            .filter_map(|now| pace.take(&number(), level, false, now).ok())
            .collect()
    }

    #[test]
    fn a_single_message_leaves_at_once() {
        let (pace, now) = (Pace::new(0.8, HORIZON), Instant::now());
        assert_eq!(pace.take(&number(), "STANDARD", false, now), Ok(now));
    }

    #[test]
    fn a_one_time_code_leaves_at_once_where_others_wait() {
        let (pace, now) = (Pace::new(0.8, HORIZON), Instant::now());
        while pace.take(&number(), "STANDARD", false, now).is_ok() {}
        assert_eq!(pace.room(&number(), now), 0);
        assert_eq!(pace.take(&number(), "STANDARD", true, now), Ok(now));
    }

    #[test]
    fn a_throttled_number_goes_slower_and_recovers() {
        let (pace, now) = (Pace::new(0.8, HORIZON), Instant::now());
        pace.slow_down(&number(), now);
        pace.slow_down(&number(), now);
        let slowed = slots(&pace, "STANDARD", now, 1_000).len();
        assert!((32..=40).contains(&slowed), "{slowed}");
        let later = slots(&pace, "STANDARD", now + RECOVERY * 2, 1_000).len();
        assert!((64..=76).contains(&later), "{later}");
    }

    #[test]
    fn who_asks_again_when_told_gets_a_slot() {
        let (pace, now) = (Pace::new(0.8, HORIZON), Instant::now());
        let again = loop {
            if let Err(again) = pace.take(&number(), "STANDARD", false, now) {
                break again;
            }
        };
        assert!(pace.take(&number(), "STANDARD", false, again).is_ok());
    }

    proptest! {
        #[test]
        fn no_second_holds_more_slots_than_the_share(level in prop::sample::select(vec!["STANDARD", "HIGH", "other"])) {
            let (pace, now) = (Pace::new(0.8, HORIZON), Instant::now());
            let taken = slots(&pace, level, now, 2_000);
            let most = (throughput(level) * 0.8).ceil() + 1.0;
            for (index, first) in taken.iter().enumerate() {
                let within = taken[index..].iter().take_while(|slot| **slot < *first + Duration::from_secs(1));
                prop_assert!(f64::from(u32::try_from(within.count()).unwrap()) <= most);
            }
        }

        #[test]
        fn one_time_codes_and_all_else_together_stay_below_metas_limit(
            urgent in prop::collection::vec(any::<bool>(), 3_000),
        ) {
            let (pace, start) = (Pace::new(0.8, HORIZON), Instant::now());
            let mut taken = Vec::new();
            for (at, is_urgent) in (0..).zip(urgent) {
                let now = start + Duration::from_millis(at);
                taken.extend(pace.take(&number(), "STANDARD", is_urgent, now));
            }
            taken.sort();
            for (index, first) in taken.iter().enumerate() {
                let within = taken[index..].iter().take_while(|slot| **slot < *first + Duration::from_secs(1));
                prop_assert!(within.count() <= 82);
            }
        }

        #[test]
        fn a_slot_is_never_far_ahead(asks in prop::collection::vec(0_u64..20, 1..200)) {
            let pace = Pace::new(0.8, HORIZON);
            let mut now = Instant::now();
            for pause in asks {
                now += Duration::from_millis(pause);
                if let Ok(slot) = pace.take(&number(), "STANDARD", false, now) {
                    prop_assert!(slot >= now && slot <= now + HORIZON);
                }
            }
        }
    }
}
