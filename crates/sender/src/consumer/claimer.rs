//! Claiming for one lane: waiting messages are claimed in batches, and each is handled as the claim decided.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use broker::{AckHandle, Delivery};
use common::message::{HeldReason, Lane};
use common::wire::SendMessages;
use storage::StorageError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;
use worker_storage::claim::{self, Claimed, Decision, MessageKey};

use super::slots::{Backlog, SlotAllocator, Slots, asks};
use super::waiting::{Acks, Pending, Waiting};
use crate::SenderContext;
use crate::job_age::{JobAge, age};
use crate::lease::Lease;
use crate::metrics::Metrics;
use crate::post::{Post, Poster};

const BUSY_PAUSE: Duration = Duration::from_millis(50);
/// After this many claims that found the message locked, its job is acked: if the message is free later, the reaper
/// publishes it.
const BUSY_LOOKS: u32 = 40;
/// The pause of a lane whose claim failed. Not `bootstrap::retry`, because no attempt is repeated: the messages go back to
/// those that wait, and the next claim takes them with others.
const FAILURE_PAUSE: Duration = Duration::from_millis(500);
/// The messages that a number can send in this time wait here for its send rate.
const WINDOW: Duration = Duration::from_secs(1);

/// Claims the messages of one lane.
pub(super) struct Claimer {
    lane: Lane,
    shared: Arc<SenderContext>,
    poster: Arc<Poster>,
    job_age: Arc<JobAge>,
    permits: Arc<Semaphore>,
    waiting: Waiting,
    backlog: Backlog,
    acks: Acks,
    /// The time between two claims, so that messages that arrive meanwhile share the next one.
    between_claims: Duration,
    next_claim: Instant,
    is_failing: bool,
}

impl Claimer {
    /// A claimer, and the ack handles of the jobs that it has finished.
    pub(super) fn new(
        lane: Lane,
        shared: Arc<SenderContext>,
        poster: Arc<Poster>,
        job_age: Arc<JobAge>,
    ) -> (Self, mpsc::UnboundedReceiver<AckHandle>) {
        let settings = &shared.settings;
        let permits = Arc::new(Semaphore::new(settings.posts_in_flight.of(lane)));
        // The dispatch keeps the outstanding messages of campaigns few.
        let window = match lane {
            Lane::Campaign => WINDOW.max(Duration::from_millis(settings.dispatch.window_ms)),
            Lane::Otp | Lane::Transactional => WINDOW,
        };
        let backlog = Backlog::new(window, settings.most_waiting());
        let between_claims = match lane {
            Lane::Otp => Duration::ZERO,
            Lane::Transactional | Lane::Campaign => settings.claim_linger(),
        };
        let (acks, done) = mpsc::unbounded_channel();
        let waiting = Waiting::default();
        let claimer = Self {
            lane,
            shared,
            poster,
            job_age,
            permits,
            waiting,
            backlog,
            acks,
            between_claims,
            next_claim: Instant::now(),
            is_failing: false,
        };
        (claimer, done)
    }

    /// How many messages wait.
    pub(super) const fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Adds the messages of jobs.
    pub(super) fn enqueue(&mut self, jobs: Vec<Delivery<SendMessages>>) {
        for job in jobs {
            self.note_age(&job);
            self.waiting.enqueue(job, &self.acks);
        }
    }

    /// Waits until a message can be claimed and a permit is free.
    pub(super) fn claimable(&self) -> impl Future<Output = ()> + use<> {
        let (next_at, permits) = (
            self.waiting.next_at(Instant::now()),
            Arc::clone(&self.permits),
        );
        let earliest = self.next_claim;
        async move {
            match next_at {
                Some(at) => tokio::time::sleep_until(at.max(earliest)).await,
                None => std::future::pending().await,
            }
            // Never closed: the claimer owns it.
            let _ = permits.acquire().await;
        }
    }

    /// Claims the messages that are ready, at most as many as there are permits.
    pub(super) async fn claim(&mut self) {
        let settings = &self.shared.settings;
        let most = settings
            .claim_max
            .max(1)
            .min(self.permits.available_permits());
        let now = Instant::now();
        self.next_claim = now + self.between_claims;
        let (send_rate, backlog) = (&self.poster.send_rate, &self.backlog);
        // Messages beyond a number's capacity go back to the database, which only a claim can do.
        let pending = self.waiting.ready(now, most, |number, waiting| {
            let excess = backlog.excess(waiting, send_rate.interval(number));
            send_rate.available_slots(number, now).max(excess)
        });
        if pending.is_empty() {
            return;
        }
        let keys: Vec<MessageKey> = pending.iter().map(|message| message.key).collect();
        Metrics::get()
            .claim_batch_size
            .observe(f64::from(u32::try_from(keys.len()).unwrap_or(u32::MAX)));
        let mut taken = Slots::default();
        match self.try_claim(&keys, &mut taken).await {
            Ok(claimed) => {
                self.is_failing = false;
                self.dispatch(pending, claimed, &taken, now);
            }
            Err(error) if error.is_unavailable() => self.requeue(pending, &error),
            Err(_) => self.claim_one_by_one(pending, now).await,
        }
    }

    /// One message prevents the claim of the others: all are claimed alone, and the job of the message that fails is
    /// acked. The reaper publishes it again, which repeats the log entry and the metric.
    async fn claim_one_by_one(&mut self, pending: Vec<Pending>, asked: Instant) {
        for message in pending {
            let mut taken = Slots::default();
            match self.try_claim(&[message.key], &mut taken).await {
                Ok(claimed) => self.dispatch(vec![message], claimed, &taken, asked),
                Err(error) if error.is_unavailable() => self.requeue(vec![message], &error),
                Err(error) => {
                    let (business_id, message_id) = message.key;
                    Metrics::get().claim_failures.inc();
                    tracing::error!(
                        %error,
                        business.id = %business_id,
                        message.id = %message_id,
                        "the message cannot be claimed"
                    );
                    message.done();
                }
            }
        }
    }

    /// Claims the messages; returns the decisions with the slots that were granted.
    async fn try_claim(
        &mut self,
        keys: &[MessageKey],
        taken: &mut Slots,
    ) -> Result<Claimed, StorageError> {
        let settings = &self.shared.settings;
        let leases = claim::Leases {
            otp: settings.lease(Lane::Otp),
            others: settings.lease(Lane::Transactional),
        };
        let (lag, now) = (settings.consent_lag(), self.shared.clock.now());
        let (store, send_rate, pairs) = (
            &self.shared.store,
            &self.poster.send_rate,
            &self.poster.pairs,
        );
        let (waiting, backlog) = (&self.waiting, &mut self.backlog);
        let decide_with_send_rate = async |messages: &[claim::ClaimContext]| {
            let decide =
                |message: &claim::ClaimContext| message.eligibility.decide(now, lag).into();
            let mut decisions: Vec<Decision> = messages.iter().map(decide).collect();
            taken.pairs = pairs.hold_back(messages, &mut decisions, Instant::now(), now);
            let given = send_rate.ask(store, &asks(messages, &decisions)).await?;
            let mut giver = SlotAllocator {
                given,
                waiting,
                backlog,
                slots: taken,
            };
            Ok(giver.give_all(messages, decisions, Instant::now(), now))
        };
        let reserved = settings.messaging_limit.reserved();
        claim::claim(store, now, keys, leases, reserved, decide_with_send_rate).await
    }

    fn dispatch(&mut self, pending: Vec<Pending>, claimed: Claimed, taken: &Slots, asked: Instant) {
        self.count(&claimed);
        // A message may be in two jobs at once: the decision applies to both.
        let mut traces: HashMap<MessageKey, Vec<Pending>> = HashMap::new();
        for message in pending {
            traces.entry(message.key).or_default().push(message);
        }
        let claimed_at = Instant::now();
        for message in claimed.to_send {
            let key = (message.subject.business_id, message.subject.message_id);
            let lease = Lease::new(asked, self.shared.settings.lease(message.subject.lane));
            let waits = traces.get(&key).and_then(|copies| copies.first());
            let trace_id = waits.and_then(|message| message.trace_id);
            let slot = taken.at.get(&key).copied();
            let pair = taken.pairs.get(&key).cloned();
            if let Some(pair) = &pair {
                self.poster.pairs.leaves(pair, claimed_at);
            }
            let post = Post {
                message,
                lease,
                slot,
                pair,
                claimed_at,
                trace_id,
            };
            self.poster.spawn(post, self.permit());
        }
        for (key, number) in claimed.not_now {
            let from = taken.again.get(&key).copied().unwrap_or(claimed_at);
            for message in traces.remove(&key).unwrap_or_default() {
                self.waiting.rate_limited(number.clone(), from, message);
            }
        }
        let mut busy = Vec::new();
        for key in claimed.busy {
            for mut message in traces.remove(&key).unwrap_or_default() {
                message.busy += 1;
                if message.busy < BUSY_LOOKS {
                    busy.push(message);
                } else {
                    message.done();
                }
            }
        }
        if !busy.is_empty() {
            self.waiting.again(claimed_at + BUSY_PAUSE, busy);
        }
        traces.into_values().flatten().for_each(Pending::done);
    }

    /// A permit that was free before the claim: only this worker acquires them.
    fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).try_acquire_owned().ok()
    }

    /// Keeps the messages until Postgres is available again.
    fn requeue(&mut self, pending: Vec<Pending>, error: &StorageError) {
        Metrics::get().claim_failures.inc();
        if !self.is_failing {
            tracing::warn!(%error, lane = self.lane.as_str(), "messages could not be claimed; their jobs are kept");
        }
        self.is_failing = true;
        self.waiting.again(Instant::now() + FAILURE_PAUSE, pending);
    }

    fn count(&self, claimed: &Claimed) {
        let metrics = Metrics::get();
        metrics
            .busy
            .inc_by(u64::try_from(claimed.busy.len()).unwrap_or_default());
        for (decision, lane) in &claimed.decisions {
            if *decision == Decision::Held(HeldReason::MediaNotUploaded) {
                self.shared.upload_wanted.notify_one();
            }
            metrics
                .claims
                .with_label_values(&[lane.as_str(), decision.as_str()])
                .inc();
        }
    }

    fn note_age(&self, job: &Delivery<SendMessages>) {
        if let Some(age) = age(
            job.published_at,
            &job.payload.messages,
            self.shared.clock.now(),
        ) {
            self.job_age.note(self.lane, age);
            let gauge = Metrics::get()
                .job_age
                .with_label_values(&[self.lane.as_str()]);
            gauge.set(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
        }
    }
}
