//! Applies the send rate of the numbers to the messages of a claim: each gets a slot, waits here, or goes back to the
//! database.
//!
//! The messages that a number can send in a second wait here, so that it is never idle. The rest of its messages go
//! back to the database with the time at which they should be sent; their jobs are acked, so that a number with a long
//! backlog does not block the lane for others.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::ids::PhoneNumberId;
use common::message::{Lane, wait_within_life};
use common::send_rate::{Ask, throughput};
use tokio::time::Instant;
use worker_storage::claim::{ClaimContext, Decision, MessageKey};
use worker_storage::send_rate::{NumberAsk, NumberKey};

use super::waiting::Waiting;
use crate::pair_rate_limit::PairKey;
use crate::send_rate::{GrantedSlots, Slot};

/// The maximum number of tracked backlogs; beyond it, those whose time has passed are removed.
const KEPT_NUMBERS: usize = 10_000;
/// The minimum time in the database for messages that go back to it.
const SHORTEST_BACK: Duration = Duration::from_secs(1);
/// The maximum; after that the time is estimated again.
const LONGEST_BACK: Duration = Duration::from_secs(60);

/// The slots for the messages of a claim.
#[derive(Default)]
pub(super) struct Slots {
    pub(super) at: HashMap<MessageKey, Slot>,
    pub(super) again: HashMap<MessageKey, Instant>,
    /// Number and recipient of the messages that may be sent.
    pub(super) pairs: HashMap<MessageKey, PairKey>,
    /// How many messages of each number wait here.
    kept: HashMap<PhoneNumberId, usize>,
}

/// The backlog of the numbers whose messages went back to the database.
#[derive(Debug)]
pub(super) struct Backlog {
    /// The messages that a number can send in this time wait here.
    window: Duration,
    /// The maximum number of messages, of all numbers, that wait here for a send rate.
    most: usize,
    /// When the last message of each number's backlog should be sent.
    ends: HashMap<PhoneNumberId, Instant>,
}

/// Allocates slots in a claim.
pub(super) struct SlotAllocator<'a> {
    pub(super) given: HashMap<PhoneNumberId, GrantedSlots>,
    pub(super) waiting: &'a Waiting,
    pub(super) backlog: &'a mut Backlog,
    pub(super) slots: &'a mut Slots,
}

/// How many slots each number needs for the messages that may be sent.
pub(super) fn asks(
    messages: &[ClaimContext],
    decisions: &[Decision],
) -> BTreeMap<NumberKey, NumberAsk> {
    let mut asks = BTreeMap::new();
    for (message, _) in leaving(messages, decisions) {
        let key = (
            message.subject.business_id,
            message.subject.phone_number_id.clone(),
        );
        let number = asks.entry(key).or_insert_with(|| NumberAsk {
            throughput: throughput(&message.throughput_level),
            ask: Ask::default(),
        });
        match message.subject.lane {
            Lane::Otp => number.ask.urgent += 1,
            Lane::Transactional | Lane::Campaign => number.ask.others += 1,
        }
    }
    asks
}

/// The messages that may be sent, with their indexes.
fn leaving<'f>(
    messages: &'f [ClaimContext],
    decisions: &[Decision],
) -> Vec<(&'f ClaimContext, usize)> {
    let all = messages.iter().zip(decisions).enumerate();
    all.filter(|(_, (_, decision))| **decision == Decision::Send)
        .map(|(index, (message, _))| (message, index))
        .collect()
}

impl SlotAllocator<'_> {
    /// Gives each message that may be sent a slot, or decides where it waits: one-time codes come first.
    pub(super) fn give_all(
        &mut self,
        messages: &[ClaimContext],
        mut decisions: Vec<Decision>,
        now: Instant,
        time: DateTime<Utc>,
    ) -> Vec<Decision> {
        let mut leaving_messages = leaving(messages, &decisions);
        leaving_messages.sort_by_key(|(message, _)| message.subject.lane != Lane::Otp);
        for (message, index) in leaving_messages {
            if let Some(decision) = decisions.get_mut(index) {
                *decision = self.give(message, now, time);
            }
        }
        decisions
    }

    fn give(&mut self, message: &ClaimContext, now: Instant, time: DateTime<Utc>) -> Decision {
        let subject = &message.subject;
        let (key, number) = (
            (subject.business_id, subject.message_id),
            &subject.phone_number_id,
        );
        let given = self.given.get_mut(number);
        if let Some(slot) = given.and_then(|given| given.slots.pop_front()) {
            self.slots.at.insert(key, slot);
            return Decision::Send;
        }
        let (again, interval) = self
            .given
            .get(number)
            .map_or((now, Duration::ZERO), |given| (given.again, given.interval));
        let kept = self.slots.kept.get(number).copied().unwrap_or_default();
        let ahead = self.waiting.rate_limited_of(number) + kept;
        let all = self.waiting.rate_limited_len() + self.slots.again.len();
        if self.backlog.has_capacity(ahead, all, interval) {
            *self.slots.kept.entry(number.clone()).or_default() += 1;
            self.slots.again.insert(key, again);
            return Decision::NotNow;
        }
        let wait = self.backlog.add(number, ahead, interval, now);
        let expires_at = message.eligibility.expires_at;
        Decision::Later(wait_within_life(wait, expires_at, time))
    }
}

impl Backlog {
    pub(super) fn new(window: Duration, most: usize) -> Self {
        Self {
            window,
            most,
            ends: HashMap::new(),
        }
    }

    /// How many of the messages that wait for a number exceed what may wait here.
    pub(super) fn excess(&self, waiting: usize, interval: Duration) -> usize {
        let kept = self.window.as_nanos() / interval.as_nanos().max(1);
        waiting.saturating_sub(usize::try_from(kept).unwrap_or(usize::MAX))
    }

    /// Whether one more message may wait here, given how many of its number and of all numbers wait.
    fn has_capacity(&self, ahead: usize, all: usize, interval: Duration) -> bool {
        all < self.most && times(interval, ahead) < self.window
    }

    /// Appends a message to the number's backlog; returns how long it has to wait.
    fn add(
        &mut self,
        number: &PhoneNumberId,
        ahead: usize,
        interval: Duration,
        now: Instant,
    ) -> Duration {
        if self.ends.len() >= KEPT_NUMBERS {
            self.ends.retain(|_, end| *end > now);
        }
        let earliest = now + times(interval, ahead).max(SHORTEST_BACK);
        let end = self.ends.entry(number.clone()).or_insert(earliest);
        *end = ((*end).max(earliest) + interval).min(now + LONGEST_BACK);
        *end - now
    }
}

fn times(interval: Duration, count: usize) -> Duration {
    interval.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_millis(10);

    fn backlog() -> Backlog {
        Backlog::new(Duration::from_secs(1), 500)
    }

    #[test]
    fn a_number_keeps_what_it_sends_in_the_window() {
        let backlog = backlog();
        assert!(backlog.has_capacity(99, 99, INTERVAL));
        assert!(!backlog.has_capacity(100, 100, INTERVAL));
    }

    #[test]
    fn what_does_not_wait_here_is_in_excess() {
        let backlog = backlog();
        assert_eq!(backlog.excess(100, INTERVAL), 0);
        assert_eq!(backlog.excess(130, INTERVAL), 30);
        assert_eq!(backlog.excess(130, Duration::ZERO), 0);
    }

    #[test]
    fn many_numbers_together_leave_room_for_others() {
        assert!(!backlog().has_capacity(0, 500, INTERVAL));
    }

    #[test]
    fn what_goes_back_comes_at_the_send_rate_of_its_number() {
        let (mut backlog, now) = (backlog(), Instant::now());
        let number = "106540352242922".parse().unwrap();
        let waits: Vec<_> = (0..200)
            .map(|_| backlog.add(&number, 100, INTERVAL, now))
            .collect();
        assert_eq!(waits[0], Duration::from_millis(1_010));
        assert_eq!(waits[199], Duration::from_secs(3));
        // Two seconds later two seconds of the backlog have been sent.
        let later = backlog.add(&number, 100, INTERVAL, now + Duration::from_secs(2));
        assert_eq!(later, Duration::from_millis(1_010));
    }

    #[test]
    fn nothing_goes_back_for_longer_than_a_minute() {
        let (mut backlog, now) = (backlog(), Instant::now());
        let number = "106540352242922".parse().unwrap();
        for _ in 0..10_000 {
            assert!(backlog.add(&number, 100, INTERVAL, now) <= LONGEST_BACK);
        }
    }
}
