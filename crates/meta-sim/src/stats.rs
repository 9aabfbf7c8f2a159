//! Counters of the simulator.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::limits::management::ManagementCalls;
use crate::state::locks::lock;
use crate::webhook::status_schedule::StatusSchedule;

/// Counts since the start or the last reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// POSTs to `/messages` of a number that exists, with a token that may use it.
    pub message_posts: u64,
    /// Accepted ones.
    pub accepted: u64,
    /// Refusals by Meta's code, over all calls.
    pub refused_by_code: BTreeMap<i64, u64>,
    /// Calls that got a fault, by its kind.
    pub faults: BTreeMap<String, u64>,
    /// Managing calls by account, as Meta counts them for its budget.
    pub management_calls: BTreeMap<String, ManagementCalls>,
    /// Most POSTs to `/messages` within one second, by number.
    pub peak_per_second: BTreeMap<String, u64>,
    /// Updates (statuses, messages, changes) not yet answered 200 or parts up.
    pub webhook_updates_outstanding: u64,
    /// Webhook POSTs that wait for their answer.
    pub webhook_posts_under_way: u64,
    /// Webhook POSTs answered 200.
    pub webhook_posts_accepted: u64,
    /// Updates in them.
    pub webhook_updates_accepted: u64,
    /// Webhook POSTs to be repeated, by reason: `status`, `timeout`, `connection`.
    pub webhook_posts_refused: BTreeMap<String, u64>,
    /// Updates parts up after the last attempt, or without a URL.
    pub webhook_updates_given_up: u64,
    /// Statuses planned to be posted twice.
    pub doubled_statuses: u64,
    /// Messages whose statuses arrive in reverse order.
    pub reordered_messages: u64,
    /// Messages whose `sent` was posted before the answer.
    pub early_messages: u64,
    /// Statuses of messages that we did not send.
    pub foreign_statuses: u64,
}

/// The counters behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    message_posts: AtomicU64,
    accepted: AtomicU64,
    webhook_posts_under_way: AtomicU64,
    webhook_posts_accepted: AtomicU64,
    webhook_updates_accepted: AtomicU64,
    webhook_updates_given_up: AtomicU64,
    doubled_statuses: AtomicU64,
    reordered_messages: AtomicU64,
    early_messages: AtomicU64,
    foreign_statuses: AtomicU64,
    refused_by_code: Mutex<BTreeMap<i64, u64>>,
    faults: Mutex<BTreeMap<&'static str, u64>>,
    webhook_posts_refused: Mutex<BTreeMap<&'static str, u64>>,
}

impl Counters {
    pub(crate) fn message_posted(&self) {
        add(&self.message_posts, 1);
    }

    pub(crate) fn accepted(&self) {
        add(&self.accepted, 1);
    }

    pub(crate) fn refused(&self, code: i64) {
        *lock(&self.refused_by_code).entry(code).or_default() += 1;
    }

    pub(crate) fn fault(&self, kind: &'static str) {
        *lock(&self.faults).entry(kind).or_default() += 1;
    }

    pub(crate) fn planned(&self, statuses: &StatusSchedule) {
        let count = |counter, met| add(counter, u64::from(met));
        add(&self.doubled_statuses, statuses.doubled);
        count(&self.reordered_messages, statuses.reordered);
        count(&self.early_messages, statuses.early);
        count(&self.foreign_statuses, statuses.foreign_ms.is_some());
    }

    pub(crate) fn webhook_posted(&self) {
        add(&self.webhook_posts_under_way, 1);
    }

    pub(crate) fn webhook_answered(&self) {
        self.webhook_posts_under_way.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn webhook_accepted(&self, updates: u64) {
        add(&self.webhook_posts_accepted, 1);
        add(&self.webhook_updates_accepted, updates);
    }

    pub(crate) fn webhook_refused(&self, reason: &'static str) {
        *lock(&self.webhook_posts_refused).entry(reason).or_default() += 1;
    }

    pub(crate) fn webhook_given_up(&self, updates: u64) {
        add(&self.webhook_updates_given_up, updates);
    }

    /// The counts; those of other components are left at their default.
    pub(crate) fn read(&self) -> Stats {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            message_posts: load(&self.message_posts),
            accepted: load(&self.accepted),
            refused_by_code: lock(&self.refused_by_code).clone(),
            faults: named(&self.faults),
            webhook_posts_under_way: load(&self.webhook_posts_under_way),
            webhook_posts_accepted: load(&self.webhook_posts_accepted),
            webhook_updates_accepted: load(&self.webhook_updates_accepted),
            webhook_posts_refused: named(&self.webhook_posts_refused),
            webhook_updates_given_up: load(&self.webhook_updates_given_up),
            doubled_statuses: load(&self.doubled_statuses),
            reordered_messages: load(&self.reordered_messages),
            early_messages: load(&self.early_messages),
            foreign_statuses: load(&self.foreign_statuses),
            ..Stats::default()
        }
    }

    pub(crate) fn reset(&self) {
        let numbers = [
            &self.message_posts,
            &self.accepted,
            &self.webhook_posts_accepted,
            &self.webhook_updates_accepted,
            &self.webhook_updates_given_up,
            &self.doubled_statuses,
            &self.reordered_messages,
            &self.early_messages,
            &self.foreign_statuses,
        ];
        for number in numbers {
            number.store(0, Ordering::Relaxed);
        }
        lock(&self.refused_by_code).clear();
        lock(&self.faults).clear();
        lock(&self.webhook_posts_refused).clear();
    }
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

fn named(counts: &Mutex<BTreeMap<&'static str, u64>>) -> BTreeMap<String, u64> {
    lock(counts)
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}
