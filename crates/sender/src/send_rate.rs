//! The send rate of each number, as this sender requests it: slots are granted by Postgres, so that all senders
//! together never exceed Meta's throughput of a number.
//!
//! A slot is given in the database's time and used by this process's monotonic clock. The grant was made between the
//! request and its response, at an unknown instant: a POST begins no earlier than if the slot had been granted at the
//! response, and no later than if it had been granted at the request. So it begins within its slot by the database's
//! clock, whatever the difference of the clocks; a slot that a slow response has passed is not used.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use common::ids::PhoneNumberId;
use common::send_rate::{Grant, SendRateRules};
use storage::{StorageError, Store};
use tokio::time::Instant;
use worker_storage::send_rate::{self, NumberAsk, NumberKey};

/// The maximum number of tracked numbers; beyond it, numbers that are not sending are removed.
const KEPT: usize = 10_000;
/// The maximum number of slots of a number that are planned ahead.
const MOST_SLOTS: u128 = 1_000;
/// The shortest time between two slots.
const SHORTEST: Duration = Duration::from_micros(1);

/// The send rate of all numbers, as known to this process.
#[derive(Debug)]
pub(crate) struct SendRate {
    rules: SendRateRules,
    last_grants: Mutex<HashMap<PhoneNumberId, LastGrant>>,
}

/// The time in which a POST may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) begins: Instant,
    pub(crate) ends: Instant,
}

/// The slots that a number was granted.
#[derive(Debug)]
pub(crate) struct GrantedSlots {
    /// In the order of the request; a slot that has passed meanwhile is omitted.
    pub(crate) slots: VecDeque<Slot>,
    /// When messages that got no slot may ask again.
    pub(crate) again: Instant,
    /// The time between two slots.
    pub(crate) interval: Duration,
}

/// The last grant of a number. Other senders may have been granted more since.
#[derive(Debug, Clone, Copy)]
struct LastGrant {
    free_at: Instant,
    interval: Duration,
}

/// The offset of the database's time from the monotonic clock.
#[derive(Debug, Clone, Copy)]
struct Mapping {
    asked: Instant,
    answered: Instant,
    at: DateTime<Utc>,
}

impl SendRate {
    #[must_use]
    pub(crate) fn new(rules: SendRateRules) -> Self {
        Self {
            rules,
            last_grants: Mutex::default(),
        }
    }

    /// Requests slots of several numbers at once.
    ///
    /// # Errors
    /// When the database is not available: then no slots are granted.
    pub(crate) async fn ask(
        &self,
        store: &Store,
        asks: &BTreeMap<NumberKey, NumberAsk>,
    ) -> Result<HashMap<PhoneNumberId, GrantedSlots>, StorageError> {
        if asks.is_empty() {
            return Ok(HashMap::new());
        }
        let asked = Instant::now();
        let granted = send_rate::grant(store, &self.rules, asks).await?;
        let mapping = Mapping {
            asked,
            answered: Instant::now(),
            at: granted.at,
        };
        let mut last_grants = self
            .last_grants
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last_grants.len() >= KEPT {
            last_grants.retain(|_, number| number.free_at > asked);
        }
        let given = granted.grants.into_iter().map(|(key, grant)| {
            let lead = asks
                .get(&key)
                .map_or(TimeDelta::zero(), |ask| self.lead(ask));
            let given = self.given(&grant, lead, &mapping);
            let (_, number) = key;
            let free_at = mapping.instant(grant.free_at);
            let interval = given.interval;
            last_grants.insert(number.clone(), LastGrant { free_at, interval });
            (number, given)
        });
        Ok(given.collect())
    }

    /// How many slots a number has within the horizon, as known here.
    #[must_use]
    pub(crate) fn available_slots(&self, number: &PhoneNumberId, now: Instant) -> usize {
        let last_grants = self
            .last_grants
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(number) = last_grants.get(number) else {
            return 0;
        };
        let ahead = (now + self.horizon()).saturating_duration_since(number.free_at.max(now));
        let slots = ahead.as_nanos() / number.interval.max(SHORTEST).as_nanos();
        usize::try_from(slots.min(MOST_SLOTS)).unwrap_or_default()
    }

    /// The time between two slots of a number, as known here.
    #[must_use]
    pub(crate) fn interval(&self, number: &PhoneNumberId) -> Duration {
        let last_grants = self
            .last_grants
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        last_grants
            .get(number)
            .map_or(Duration::ZERO, |number| number.interval)
    }

    /// How long before further slots are available they may be requested: several at a time, because a request for each
    /// would cost a claim for each; but for a one-time code as soon as it may run ahead.
    fn lead(&self, number: &NumberAsk) -> TimeDelta {
        let several = self.rules.horizon() / 2;
        match number.ask.urgent {
            0 => several,
            _ => several.max(self.rules.spare(number.throughput)),
        }
    }

    fn given(&self, grant: &Grant, lead: TimeDelta, mapping: &Mapping) -> GrantedSlots {
        let length = duration(self.rules.slot());
        GrantedSlots {
            slots: grant
                .slots
                .iter()
                .filter_map(|begin| mapping.slot(*begin, length))
                .collect(),
            again: mapping.instant(grant.free_at - lead),
            interval: duration(grant.interval),
        }
    }

    fn horizon(&self) -> Duration {
        duration(self.rules.horizon())
    }
}

impl Mapping {
    /// The latest instant that a time can be.
    fn instant(&self, time: DateTime<Utc>) -> Instant {
        self.answered + duration(time - self.at)
    }

    /// The slot that begins at a time, unless it ended before it was received.
    fn slot(&self, begin: DateTime<Utc>, length: Duration) -> Option<Slot> {
        let ahead = duration(begin - self.at);
        let slot = Slot {
            begins: self.answered + ahead,
            ends: self.asked + ahead + length,
        };
        (slot.begins < slot.ends).then_some(slot)
    }
}

fn duration(delta: TimeDelta) -> Duration {
    delta.to_std().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LENGTH: Duration = Duration::from_millis(100);

    fn mapping(answered_after: Duration) -> Mapping {
        let asked = Instant::now();
        Mapping {
            asked,
            answered: asked + answered_after,
            at: DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        }
    }

    #[test]
    fn what_was_answered_after_the_end_of_a_slot_is_void() {
        let slow = mapping(LENGTH);
        assert_eq!(slow.slot(slow.at, LENGTH), None);
    }

    proptest! {
        #[test]
        fn a_slot_is_within_its_time_wherever_the_grant_was_made(
            answered_after in 0_u64..200,
            granted_at in 0.0_f64..1.0,
            ahead in 0_i64..200,
        ) {
            let answered_after = Duration::from_millis(answered_after);
            let mapping = mapping(answered_after);
            let begin = mapping.at + TimeDelta::milliseconds(ahead);
            // The instant at which the database reported its time.
            let granted = mapping.asked + answered_after.mul_f64(granted_at);
            let truly = granted + duration(begin - mapping.at);
            if let Some(slot) = mapping.slot(begin, LENGTH) {
                prop_assert!(slot.begins >= truly);
                prop_assert!(slot.ends <= truly + LENGTH);
            }
        }
    }
}
