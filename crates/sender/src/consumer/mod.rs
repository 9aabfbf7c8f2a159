//! The consumer of jobs: one worker for each lane collects jobs, claims as many messages as it has permits for, and
//! hands them to the poster.
//!
//! A permit is acquired before the claim, so that every claimed message can be posted at once. Decided messages are
//! acked; messages that wait for their number's send rate stay here unacked for about a second's worth of it, and
//! messages that another transaction has locked are claimed again.

mod claimer;
mod slots;
mod waiting;

use std::sync::Arc;

use broker::{AckHandle, Acknowledger, Queue, Subscription};
use common::message::Lane;
use common::wire::SendMessages;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use crate::SenderContext;
use crate::job_age::JobAge;
use crate::metrics::Metrics;
use crate::post::Poster;
use claimer::Claimer;

/// The worker of one lane.
pub(crate) struct JobConsumer {
    lane: Lane,
    shared: Arc<SenderContext>,
    subscription: Subscription<SendMessages>,
    claimer: Claimer,
}

impl JobConsumer {
    /// A worker with its subscription. Its jobs are acked in the background.
    pub(crate) fn new(
        lane: Lane,
        shared: Arc<SenderContext>,
        poster: Arc<Poster>,
        job_age: Arc<JobAge>,
    ) -> Self {
        let subscription = shared
            .consumer
            .subscribe(Queue::of_lane(lane), shared.settings.prefetch);
        let (claimer, done) = Claimer::new(lane, Arc::clone(&shared), poster, job_age);
        tokio::spawn(ack(subscription.acknowledger(), done));
        Self {
            lane,
            shared,
            subscription,
            claimer,
        }
    }

    /// Runs until the process stops. Messages that wait then are delivered again.
    pub(crate) async fn run(self) {
        let Self {
            lane,
            shared,
            subscription,
            mut claimer,
        } = self;
        let gather = shared.settings.claim_linger();
        let most = shared.settings.claim_max.max(1);
        let mut batches = subscription.batches(most, gather, shared.stop.clone());
        let gauge = Metrics::get().waiting.with_label_values(&[lane.as_str()]);
        loop {
            gauge.set(i64::try_from(claimer.waiting()).unwrap_or(i64::MAX));
            let has_capacity = claimer.waiting() < shared.settings.most_waiting();
            let claimable = claimer.claimable();
            tokio::select! {
                biased;
                () = shared.stop.cancelled() => break,
                () = claimable => claimer.claim().await,
                jobs = batches.next(), if has_capacity => {
                    let Some(jobs) = jobs else { break };
                    claimer.enqueue(jobs);
                }
            }
        }
        gauge.set(0);
    }
}

/// Acks jobs in batches until the worker ends.
async fn ack(acknowledger: Acknowledger, mut done: mpsc::UnboundedReceiver<AckHandle>) {
    let mut batch = Vec::new();
    while done.recv_many(&mut batch, 1_000).await > 0 {
        acknowledger.ack(batch.drain(..)).await;
    }
}
