//! Publishing after the response: a task for each lane collects the messages that are accepted while its last publish
//! is being confirmed. Under load a short pause follows each publish, because the broker's cost is per job; one-time
//! codes never wait.
//!
//! No state has to be kept here. Messages that are not published, because the broker is unavailable or the queue is
//! full, stay `accepted` in Postgres, and the reaper publishes them minutes later.

use std::time::Duration;

use broker::{PublishError, Publisher, Queue};
use common::message::Lane;
use common::wire::{MessageRef, SendMessages};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::metrics::Metrics;

/// The greatest number of messages in a job.
const JOB: usize = 500;
/// The least time between two publishes of a lane, except for one-time codes.
const MOMENT: Duration = Duration::from_millis(5);
/// How many messages of a lane may be queued: those of a few seconds at full load.
const WAITING_MESSAGES: usize = 20_000;

/// Queues messages for publishing. Clones share the tasks.
#[derive(Clone)]
pub(super) struct Publishing {
    otp: mpsc::Sender<MessageRef>,
    transactional: mpsc::Sender<MessageRef>,
    campaign: mpsc::Sender<MessageRef>,
}

/// The tasks behind [`Publishing`].
pub(super) struct Publishers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Publishes the messages of a lane.
struct LanePublisher {
    lane: Lane,
    publisher: Publisher,
    /// Whether the last publish failed, so that an outage is logged once.
    failing: bool,
}

/// Starts a task for each lane.
pub(super) fn start(publisher: &Publisher) -> (Publishing, Publishers) {
    let stop = CancellationToken::new();
    let mut tasks = Vec::new();
    let mut lane = |lane| {
        let (offered, messages) = mpsc::channel(WAITING_MESSAGES);
        let publisher = LanePublisher {
            lane,
            publisher: publisher.clone(),
            failing: false,
        };
        tasks.push(tokio::spawn(publisher.run(messages, stop.clone())));
        offered
    };
    let publishing = Publishing {
        otp: lane(Lane::Otp),
        transactional: lane(Lane::Transactional),
        campaign: lane(Lane::Campaign),
    };
    (publishing, Publishers { stop, tasks })
}

impl Publishing {
    /// Queues a message if there is capacity; otherwise the reaper publishes it.
    pub(super) fn offer(&self, lane: Lane, message: MessageRef) {
        let offered = match lane {
            Lane::Otp => &self.otp,
            Lane::Transactional => &self.transactional,
            Lane::Campaign => &self.campaign,
        };
        if offered.try_send(message).is_err() {
            Metrics::get()
                .unpublished
                .with_label_values(&[lane.as_str()])
                .inc();
        }
    }
}

impl Publishers {
    /// Publishes the queued messages once, and ends.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if task.await.is_err() {
                tracing::error!("a publisher of accepted messages panicked");
            }
        }
    }
}

impl LanePublisher {
    async fn run(mut self, mut messages: mpsc::Receiver<MessageRef>, stop: CancellationToken) {
        let moment = match self.lane {
            Lane::Otp => Duration::ZERO,
            Lane::Transactional | Lane::Campaign => MOMENT,
        };
        let mut earliest = Instant::now();
        loop {
            let mut taken = Vec::new();
            let is_closed = messages.is_closed();
            let next = async {
                sleep_until(earliest).await;
                messages.recv_many(&mut taken, JOB).await
            };
            let count = tokio::select! {
                biased;
                () = stop.cancelled(), if !is_closed => {
                    messages.close();
                    continue;
                }
                count = next => count,
            };
            if count == 0 {
                return;
            }
            earliest = Instant::now() + moment;
            let published = self.publish(taken).await;
            // While stopping there is no time to wait for an unavailable broker.
            if !published && messages.is_closed() {
                self.leave(messages.len());
                return;
            }
        }
    }

    async fn publish(&mut self, messages: Vec<MessageRef>) -> bool {
        let count = messages.len();
        let trace_id = messages
            .first()
            .filter(|_| count == 1)
            .and_then(|message| message.trace_id);
        let job = SendMessages {
            lane: self.lane,
            phone_number_id: None,
            messages,
        };
        let result = self
            .publisher
            .publish(Queue::of_lane(self.lane), &job, trace_id)
            .await;
        self.report(result.err());
        if result.is_err() {
            self.leave(count);
        }
        result.is_ok()
    }

    fn leave(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        Metrics::get()
            .unpublished
            .with_label_values(&[self.lane.as_str()])
            .inc_by(count);
    }

    /// Logs the beginning and the end of an outage.
    fn report(&mut self, error: Option<PublishError>) {
        let lane = self.lane.as_str();
        if error.is_some() {
            Metrics::get().publish_failures.inc();
        }
        match error {
            Some(error) if !self.failing => {
                tracing::warn!(lane, %error, "accepted messages were not published; the reaper publishes them later");
            }
            None if self.failing => tracing::info!(lane, "accepted messages are published again"),
            _ => {}
        }
        self.failing = error.is_some();
    }
}
