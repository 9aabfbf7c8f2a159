//! The one lane of commits: takes the calls that wait, commits them together, answers each.

use std::sync::Arc;
use std::time::Duration;

use common::clock::SharedClock;
use common::trace::TraceId;
use common::wire::MessageRef;
use storage::batch::accept::{self, AcceptOutcome, PendingAccept};
use storage::{StorageError, Store};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;
use super::publishing::Publishing;
use super::{AcceptError, WAITING_MESSAGES, Waiting};

/// A group with so many messages takes no more calls: more do not make a commit cheaper, and all wait for the slowest.
/// A call is never split, so the last one may fill it beyond.
const GROUP: usize = 1_000;
/// After this the callers are told that nobody knows; they try again and find out by their keys.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a commit needs.
#[derive(Clone)]
pub(super) struct Committer {
    pub(super) store: Store,
    pub(super) clock: SharedClock,
    pub(super) publishing: Publishing,
    pub(super) room: Arc<Semaphore>,
}

type Answer = oneshot::Sender<Result<AcceptOutcome, AcceptError>>;

impl Committer {
    /// Runs until the queue is closed, by `stop` or by its last sender, and empty.
    pub(super) async fn run(self, mut calls: mpsc::Receiver<Waiting>, stop: CancellationToken) {
        loop {
            let group = tokio::select! {
                biased;
                () = stop.cancelled(), if !calls.is_closed() => {
                    calls.close();
                    continue;
                }
                group = next_group(&mut calls) => group,
            };
            if group.is_empty() {
                return;
            }
            let work = self.clone().answer(group);
            // A task of its own, so that a panic costs its group and not all that come after it.
            if tokio::spawn(work).await.is_err() {
                tracing::error!(
                    "a group of accepted messages panicked; its callers were told to try again"
                );
            }
        }
    }

    async fn answer(self, group: Vec<Waiting>) {
        let (mut calls, mut traces, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for waiting in group {
            calls.push(waiting.call);
            traces.push(waiting.trace_id);
            answers.push(waiting.answer);
        }
        let waiting = WAITING_MESSAGES.saturating_sub(self.room.available_permits());
        Metrics::get()
            .queue
            .set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let outcomes = self.commit(&calls).await;
        for ((call, trace_id), outcome) in calls.iter().zip(traces).zip(&outcomes) {
            match outcome {
                Ok(AcceptOutcome::TooLate) => Metrics::get().turned_away.inc(),
                Ok(AcceptOutcome::Accepted) => self.publish(call, trace_id),
                _ => {}
            }
        }
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
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

    /// An outcome for each call: the group's, or its own when the group was refused because of one of them.
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
            .group_size
            .observe(f64::from(u32::try_from(messages).unwrap_or(u32::MAX)));
        let started = Instant::now();
        let commit = accept::commit(&self.store, self.clock.now(), calls);
        let committed = timeout(PATIENCE, commit).await;
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

/// Waits for a call and takes those behind it until the group is full; empty when the queue is closed and empty.
async fn next_group(calls: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let (mut group, mut messages) = (Vec::new(), 0);
    let mut next = calls.recv().await;
    while let Some(waiting) = next {
        messages += waiting.call.messages().len();
        group.push(waiting);
        next = if messages < GROUP {
            calls.try_recv().ok()
        } else {
            None
        };
    }
    group
}

fn report(error: &StorageError, calls: usize) -> AcceptError {
    let cause = std::error::Error::source(error)
        .map(ToString::to_string)
        .unwrap_or_default();
    if error.is_unavailable() {
        tracing::warn!(calls, %error, cause, "accepted messages could not be committed");
        return AcceptError::Unavailable;
    }
    tracing::error!(calls, %error, cause, "the database refused accepted messages");
    AcceptError::Refused
}

/// A caller that hung up does not want to know.
fn tell(answer: Answer, outcome: Result<AcceptOutcome, AcceptError>) {
    drop(answer.send(outcome));
}
