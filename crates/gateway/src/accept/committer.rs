//! Commits queued calls together and answers each.
//!
//! Small batches are committed one at a time: calls that arrive meanwhile make the next batch larger, and a transaction
//! costs the same for few messages as for many. Waiting does not make a full batch cheaper, so one more is committed
//! concurrently: while the disk writes one, the CPU works on the other.

use std::sync::Arc;
use std::time::Duration;

use common::clock::SharedClock;
use common::ids::BusinessId;
use common::trace::TraceId;
use common::wire::MessageRef;
use storage::{StorageError, Store};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use worker_storage::accept::{self, AcceptOutcome, PendingAccept};

use super::fair_queue::FairQueue;
use super::metrics::Metrics;
use super::publishing::Publishing;
use super::{AcceptError, CallSize, QueueCapacity, QueuedCall};

/// A batch with this many messages takes no more calls: more do not make a commit cheaper, and all wait for the
/// slowest. A call is never split, so the last one may exceed the limit.
pub(super) const MAX_BATCH_MESSAGES: usize = 1_000;
/// Concurrent commits, all but one of them of full batches.
const MAX_CONCURRENT_COMMITS: usize = 2;
/// After this timeout the outcome is unknown to the callers: they get 503 and retry with the same idempotency keys.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(10);

/// The dependencies of a commit.
#[derive(Clone)]
pub(super) struct Committer {
    pub(super) size: CallSize,
    pub(super) store: Store,
    pub(super) clock: SharedClock,
    pub(super) publishing: Publishing,
    pub(super) capacity: Arc<QueueCapacity>,
    /// Notified when a call arrives and a full batch is queued.
    pub(super) full: Arc<Notify>,
}

type Answer = oneshot::Sender<Result<AcceptOutcome, AcceptError>>;

impl Committer {
    /// Runs until the queue is closed (by `stop` or because its last sender was dropped) and empty.
    pub(super) async fn run(
        self,
        mut calls: mpsc::UnboundedReceiver<QueuedCall>,
        stop: CancellationToken,
    ) {
        let mut running = JoinSet::new();
        let mut queue = FairQueue::default();
        loop {
            while let Ok(waiting) = calls.try_recv() {
                queue.push(waiting.call.business_id(), waiting);
            }
            let is_full = self.capacity.waiting_messages() >= MAX_BATCH_MESSAGES;
            let may_begin =
                running.is_empty() || (running.len() < MAX_CONCURRENT_COMMITS && is_full);
            // A call is counted before it is sent, so it may not be in the channel yet; receiving it notifies this
            // loop.
            if may_begin && !queue.is_empty() {
                running.spawn(self.clone().answer(CommitBatch::take(&mut queue)));
                continue;
            }
            tokio::select! {
                biased;
                () = stop.cancelled(), if !calls.is_closed() => calls.close(),
                Some(ended) = running.join_next() => note_end(&ended),
                () = self.full.notified(), if (1..MAX_CONCURRENT_COMMITS).contains(&running.len()) => {}
                Some(first) = calls.recv(), if running.is_empty() => {
                    queue.push(first.call.business_id(), first);
                }
                else => return,
            }
        }
    }

    async fn answer(self, batch: CommitBatch) {
        let waiting = self.capacity.waiting_messages();
        Metrics::get()
            .queue
            .with_label_values(&[self.size.as_str()])
            .set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let outcomes = self.commit(&batch.calls).await;
        for ((call, trace_id), outcome) in batch.calls.iter().zip(batch.traces).zip(&outcomes) {
            match outcome {
                Ok(AcceptOutcome::Expired) => Metrics::get().load_shed.inc(),
                Ok(AcceptOutcome::Accepted) => self.publish(call, trace_id),
                _ => {}
            }
        }
        for (answer, outcome) in batch.answers.into_iter().zip(outcomes) {
            tell(answer, outcome);
        }
    }

    fn publish(&self, call: &PendingAccept, trace_id: TraceId) {
        for message in call.messages() {
            let lane = message.lane();
            let accepted = &Metrics::get().accepted;
            accepted.with_label_values(&[lane.as_str()]).inc();
            self.publishing.offer(
                lane,
                MessageRef {
                    business_id: message.business_id(),
                    message_id: message.id(),
                    trace_id: Some(trace_id),
                },
            );
        }
    }

    /// An outcome for each call: the batch's, or its own when the batch was refused because of one of them.
    async fn commit(&self, calls: &[PendingAccept]) -> Vec<Result<AcceptOutcome, AcceptError>> {
        match self.commit_together(calls).await {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(AcceptError::Refused) if calls.len() > 1 => {
                let mut outcomes = Vec::with_capacity(calls.len());
                for call in calls {
                    let alone = self.commit_together(std::slice::from_ref(call)).await;
                    outcomes.push(
                        alone.and_then(|mut outcomes| outcomes.pop().ok_or(AcceptError::Refused)),
                    );
                }
                outcomes
            }
            Err(error) => calls.iter().map(|_| Err(error)).collect(),
        }
    }

    async fn commit_together(
        &self,
        calls: &[PendingAccept],
    ) -> Result<Vec<AcceptOutcome>, AcceptError> {
        let metrics = Metrics::get();
        let messages: usize = calls.iter().map(|call| call.messages().len()).sum();
        metrics
            .batch_size
            .observe(f64::from(u32::try_from(messages).unwrap_or(u32::MAX)));
        let started = Instant::now();
        let commit = accept::commit(&self.store, self.clock.now(), calls);
        let committed = timeout(COMMIT_TIMEOUT, commit).await;
        metrics
            .commit_duration
            .observe(started.elapsed().as_secs_f64());
        match committed {
            Ok(Ok(outcomes)) => Ok(outcomes),
            Ok(Err(error)) => Err(report(&error, calls.len())),
            Err(_) => {
                tracing::error!(
                    calls = calls.len(),
                    "a commit of accepted messages took too long"
                );
                Err(AcceptError::Unavailable)
            }
        }
    }
}

/// Calls that are committed together. Their permits of the queue are released.
#[derive(Default)]
struct CommitBatch {
    calls: Vec<PendingAccept>,
    traces: Vec<TraceId>,
    answers: Vec<Answer>,
    messages: usize,
}

impl CommitBatch {
    /// Takes queued calls until the batch is full.
    fn take(queue: &mut FairQueue<BusinessId, QueuedCall>) -> Self {
        let mut batch = Self::default();
        while batch.messages < MAX_BATCH_MESSAGES
            && let Some(waiting) = queue.pop()
        {
            batch.messages += waiting.call.messages().len();
            batch.calls.push(waiting.call);
            batch.traces.push(waiting.trace_id);
            batch.answers.push(waiting.answer);
        }
        batch
    }
}

/// A batch is a task of its own, so that a panic affects its calls only.
fn note_end(ended: &Result<(), JoinError>) {
    if ended.is_err() {
        tracing::error!(
            "the commit of a batch panicked; its callers got 503 and repeat their calls"
        );
    }
}

fn report(error: &StorageError, calls: usize) -> AcceptError {
    let cause = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    if error.is_unavailable() {
        tracing::warn!(calls, %error, cause, "accepted messages could not be committed");
        return AcceptError::Unavailable;
    }
    tracing::error!(calls, %error, cause, "the database refused messages of a call");
    AcceptError::Refused
}

/// Answers a call. The receiver is dropped when the client has disconnected.
fn tell(answer: Answer, outcome: Result<AcceptOutcome, AcceptError>) {
    drop(answer.send(outcome));
}
