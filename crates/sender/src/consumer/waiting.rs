//! The messages of unacked jobs that wait in this process: for a permit, for their number's send rate, or for Postgres.
//!
//! Numbers are served in rotation, so that a number that waits for its send rate delays no other. A job is acked when
//! the last of its messages is decided on; a job that is dropped undecided is not acked, and RabbitMQ delivers it
//! again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use broker::{AckHandle, Delivery};
use common::ids::PhoneNumberId;
use common::trace::TraceId;
use common::wire::SendMessages;
use tokio::sync::mpsc;
use tokio::time::Instant;
use worker_storage::claim::MessageKey;

/// Receives the ack handles of finished jobs.
pub(super) type Acks = mpsc::UnboundedSender<AckHandle>;

/// A message that waits.
pub(super) struct Pending {
    pub(super) key: MessageKey,
    pub(super) trace_id: Option<TraceId>,
    /// How often another transaction had it locked.
    pub(super) busy: u32,
    job: Arc<Job>,
}

struct Job {
    handle: AckHandle,
    undecided: AtomicUsize,
    acks: Acks,
}

/// All waiting messages.
#[derive(Default)]
pub(super) struct Waiting {
    /// Messages whose number is unknown, or that are claimed again after a time.
    fresh: VecDeque<Pending>,
    later: BTreeMap<Instant, Vec<Pending>>,
    /// By number, with the time from which the number has capacity.
    by_number: BTreeMap<PhoneNumberId, NumberQueue>,
    len: usize,
}

struct NumberQueue {
    from: Instant,
    queue: VecDeque<Pending>,
}

impl Pending {
    /// The message is decided on; with the last one of its job, the job is acked.
    pub(super) fn done(self) {
        if self.job.undecided.fetch_sub(1, Ordering::AcqRel) == 1 {
            // Without a receiver the process is ending, and the job is delivered again.
            let _ = self.job.acks.send(self.job.handle);
        }
    }
}

impl Waiting {
    /// How many messages wait.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// How many wait for their number's send rate.
    pub(super) fn rate_limited_len(&self) -> usize {
        self.by_number
            .values()
            .map(|number| number.queue.len())
            .sum()
    }

    /// How many of these are of the number.
    pub(super) fn rate_limited_of(&self, number: &PhoneNumberId) -> usize {
        self.by_number
            .get(number)
            .map_or(0, |number| number.queue.len())
    }

    /// Adds the messages of a job. An empty job is acked.
    pub(super) fn enqueue(&mut self, delivery: Delivery<SendMessages>, acks: &Acks) {
        let Delivery {
            payload,
            handle,
            trace,
            ..
        } = delivery;
        if payload.messages.is_empty() {
            let _ = acks.send(handle);
            return;
        }
        let undecided = AtomicUsize::new(payload.messages.len());
        let job = Arc::new(Job {
            handle,
            undecided,
            acks: acks.clone(),
        });
        let messages = payload.messages.into_iter().map(|message| Pending {
            key: (message.business_id, message.message_id),
            trace_id: message.trace_id.or(trace),
            busy: 0,
            job: Arc::clone(&job),
        });
        match payload.phone_number_id {
            Some(number) => {
                let now = Instant::now();
                messages.for_each(|message| self.rate_limited(number.clone(), now, message));
            }
            None => {
                self.len += messages.len();
                self.fresh.extend(messages);
            }
        }
    }

    /// Claims messages again after a time.
    pub(super) fn again(&mut self, from: Instant, messages: Vec<Pending>) {
        self.len += messages.len();
        self.later.entry(from).or_default().extend(messages);
    }

    /// Adds a message whose number has no capacity before a time.
    pub(super) fn rate_limited(&mut self, number: PhoneNumberId, from: Instant, message: Pending) {
        self.len += 1;
        let queued = self.by_number.entry(number).or_insert_with(|| NumberQueue {
            from,
            queue: VecDeque::new(),
        });
        queued.from = queued.from.max(from);
        queued.queue.push_back(message);
    }

    /// From when on a message can be claimed; `None` when none waits.
    pub(super) fn next_at(&self, now: Instant) -> Option<Instant> {
        if !self.fresh.is_empty() {
            return Some(now);
        }
        let later = self.later.keys().next().copied();
        let rate_limited = self.by_number.values().map(|number| number.from).min();
        [later, rate_limited].into_iter().flatten().min()
    }

    /// Removes at most `limit` messages that can be claimed now: first those that waited for their number's send rate,
    /// in rotation over the numbers, at most as many of each as it has capacity for.
    pub(super) fn ready(
        &mut self,
        now: Instant,
        limit: usize,
        available: impl Fn(&PhoneNumberId, usize) -> usize,
    ) -> Vec<Pending> {
        while let Some(entry) = self.later.first_entry().filter(|entry| *entry.key() <= now) {
            self.fresh.extend(entry.remove());
        }
        let mut ready = Vec::new();
        let due = self
            .by_number
            .iter_mut()
            .filter(|(_, queued)| queued.from <= now);
        let mut numbers: Vec<_> = due
            .map(|(number, queued)| (available(number, queued.queue.len()).max(1), queued))
            .collect();
        while ready.len() < limit && !numbers.is_empty() {
            numbers.retain_mut(|(permits, queued)| {
                if ready.len() < limit {
                    ready.extend(queued.queue.pop_front());
                    *permits -= 1;
                }
                *permits > 0 && !queued.queue.is_empty()
            });
        }
        self.by_number.retain(|_, queued| !queued.queue.is_empty());
        let rest = limit.saturating_sub(ready.len()).min(self.fresh.len());
        ready.extend(self.fresh.drain(..rest));
        self.len = self.len.saturating_sub(ready.len());
        ready
    }
}
