//! The one lane of commits: takes all calls that wait, commits them together, answers each.

use std::time::Duration;

use common::clock::SharedClock;
use common::wire::MessageRef;
use storage::batch::accept::{self, AcceptOutcome, PendingAccept};
use storage::{StorageError, Store};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;
use super::publishing::Publishing;
use super::{AcceptError, Waiting};

/// The most calls of one group: more do not make a commit cheaper, and all wait for the slowest.
const GROUP: usize = 1_000;
/// After this the callers are told that nobody knows; they try again and find out by their keys.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a commit needs.
#[derive(Clone)]
pub(super) struct Committer {
    pub(super) store: Store,
    pub(super) clock: SharedClock,
    pub(super) publishing: Publishing,
}

type Answer = oneshot::Sender<Result<AcceptOutcome, AcceptError>>;

impl Committer {
    /// Runs until the queue is closed, by `stop` or by its last sender, and empty.
    pub(super) async fn run(self, mut calls: mpsc::Receiver<Waiting>, stop: CancellationToken) {
        let mut group = Vec::with_capacity(GROUP);
        loop {
            let taken = tokio::select! {
                biased;
                () = stop.cancelled(), if !calls.is_closed() => {
                    calls.close();
                    continue;
                }
                taken = calls.recv_many(&mut group, GROUP) => taken,
            };
            if taken == 0 {
                return;
            }
            Metrics::get()
                .queue
                .set(i64::try_from(calls.len()).unwrap_or(i64::MAX));
            let work = self.clone().answer(std::mem::take(&mut group));
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
        let outcomes = self.commit(&calls).await;
        for ((call, trace_id), outcome) in calls.iter().zip(traces).zip(&outcomes) {
            if *outcome == Ok(AcceptOutcome::TooLate) {
                Metrics::get().turned_away.inc();
            }
            if *outcome == Ok(AcceptOutcome::Accepted) {
                Metrics::get()
                    .accepted
                    .with_label_values(&[call.lane().as_str()])
                    .inc();
                let (business_id, message_id) = (call.business_id(), call.message_id());
                let trace_id = Some(trace_id);
                self.publishing.offer(
                    call.lane(),
                    MessageRef {
                        business_id,
                        message_id,
                        trace_id,
                    },
                );
            }
        }
        for (answer, outcome) in answers.into_iter().zip(outcomes) {
            tell(answer, outcome);
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
        metrics
            .group_size
            .observe(f64::from(u32::try_from(calls.len()).unwrap_or(u32::MAX)));
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
