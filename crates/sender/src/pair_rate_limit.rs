//! Delays messages to one recipient that exceed the pair rate limit, as far as this process knows; others are sent.
//!
//! Each sender counts its own messages. Two senders may together exceed the limit: then Meta refuses with 131056, which
//! proves that nothing was accepted, and no message is sent to the recipient for some time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::ids::PhoneNumberId;
use common::message::wait_within_life;
use common::pair_rate_limit::{Pair, PairRule};
use tokio::time::Instant;
use worker_storage::claim::{ClaimContext, Decision, MessageKey};

use crate::metrics::Metrics;

/// From this many pairs on, those without effect are removed.
const SWEEP_FROM: usize = 10_000;

/// A number and the keyed hash of a recipient.
pub(crate) type PairKey = (PhoneNumberId, Vec<u8>);

/// The recent messages from numbers to recipients.
#[derive(Debug)]
pub(crate) struct Pairs {
    rule: PairRule,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    pairs: HashMap<PairKey, Pair>,
    sweep_at: usize,
}

impl Pairs {
    pub(crate) fn new(rule: PairRule) -> Self {
        Self {
            rule,
            known: Mutex::default(),
        }
    }

    /// Decides how long messages that would exceed the limit wait; returns the pairs of the others, in case they are
    /// sent.
    pub(crate) fn hold_back(
        &self,
        messages: &[ClaimContext],
        decisions: &mut [Decision],
        now: Instant,
        time: DateTime<Utc>,
    ) -> HashMap<MessageKey, PairKey> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, mut leaving) = (now.into_std(), HashMap::new());
        let mut batch: HashMap<PairKey, Pair> = HashMap::new();
        for (message, decision) in messages.iter().zip(decisions) {
            if *decision != Decision::Send {
                continue;
            }
            let subject = &message.subject;
            let key = (subject.phone_number_id.clone(), message.pair().to_vec());
            let pair = batch.entry(key.clone()).or_insert_with(|| {
                let pair = known.pairs.get(&key);
                pair.copied().unwrap_or_else(|| Pair::new(now))
            });
            let wait = pair.next_at(&self.rule, now) - now;
            if wait.is_zero() {
                pair.leave(&self.rule, now);
                leaving.insert((subject.business_id, subject.message_id), key);
                continue;
            }
            let expires_at = message.eligibility.expires_at;
            *decision = Decision::Later(wait_within_life(wait, expires_at, time));
            Metrics::get().pair_rate_limited.inc();
        }
        leaving
    }

    /// Records that a message was claimed and is sent.
    pub(crate) fn leaves(&self, key: &PairKey, now: Instant) {
        self.change(key, now, |pair, rule| pair.leave(rule, now.into_std()));
    }

    /// Meta refused a message: none is sent to the recipient for some time.
    pub(crate) fn refused(&self, key: &PairKey, now: Instant, wait: Duration) {
        self.change(key, now, |pair, _| pair.silence((now + wait).into_std()));
    }

    fn change(&self, key: &PairKey, now: Instant, change: impl FnOnce(&mut Pair, &PairRule)) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now.into_std();
        if known.pairs.len() >= known.sweep_at.max(SWEEP_FROM) {
            known.pairs.retain(|_, pair| !pair.is_over(&self.rule, now));
            known.sweep_at = known.pairs.len() * 2;
        }
        let pair = known
            .pairs
            .entry(key.clone())
            .or_insert_with(|| Pair::new(now));
        change(pair, &self.rule);
    }
}
