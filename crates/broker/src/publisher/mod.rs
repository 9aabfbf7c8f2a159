//! Publishing: `Ok` means that RabbitMQ has the message on disk in its queue, and no error means that. One exception:
//! while a queue is deleted, RabbitMQ also confirms messages that are on their way to it.
//!
//! Callers hand their payloads to a publisher task, which publishes all that are pending and waits for all confirms
//! before it continues. After any error it is safe to publish again, because consumers handle duplicates.

mod confirms;
mod task;

use std::fmt;
use std::time::Duration;

use common::clock::SharedClock;
use common::trace::TraceId;
use common::wire::Wire;
use lapin::BasicProperties;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

use crate::connector::Connector;
use crate::metrics::Metrics;
use crate::properties;
use crate::settings::BrokerSettings;
use crate::topology::Queue;
use crate::watch::Watch;

/// How many publishes may wait in the publisher task's queue; further callers wait to enqueue theirs.
const PENDING: usize = 1_024;

/// The publish was not confirmed: RabbitMQ may not have the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// No connection accepts publishes; nothing was sent.
    #[error("no connection to rabbitmq; nothing was sent")]
    Disconnected,
    /// The confirm did not arrive; the message may or may not be stored.
    #[error("rabbitmq has not confirmed; the message may or may not be stored")]
    Unconfirmed,
    /// No queue is bound for the message; it is not stored.
    #[error("rabbitmq has no queue for the message; it is not stored")]
    Unroutable,
    /// The queue rejected the message, because it is full; it is not stored.
    #[error("rabbitmq refused the message; it is not stored")]
    Refused,
}

/// Publishes payloads. Clones share one connection.
#[derive(Clone)]
pub struct Publisher {
    lane: mpsc::Sender<Request>,
    open: watch::Receiver<bool>,
    clock: SharedClock,
    publish_wait: Duration,
    confirm_timeout: Duration,
}

/// A message for the publisher task.
pub(crate) struct Request {
    message: Outgoing,
    deadline: Instant,
    answer: oneshot::Sender<Result<(), PublishError>>,
}

/// A message with its properties and address.
pub(crate) struct Outgoing {
    pub(crate) queue: Queue,
    pub(crate) message_id: Uuid,
    pub(crate) properties: BasicProperties,
    pub(crate) bytes: Vec<u8>,
}

impl PublishError {
    const fn label(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Unconfirmed => "unconfirmed",
            Self::Unroutable => "unroutable",
            Self::Refused => "refused",
        }
    }
}

impl Publisher {
    pub(crate) fn start(
        connector: Connector,
        settings: &BrokerSettings,
        clock: SharedClock,
        health: Watch,
    ) -> Self {
        let (lane, requests) = mpsc::channel(PENDING);
        let (opened, open) = watch::channel(false);
        tokio::spawn(task::run(connector, requests, opened, health));
        Self {
            lane,
            open,
            clock,
            publish_wait: settings.publish_wait(),
            confirm_timeout: settings.confirm_timeout(),
        }
    }

    /// Publishes a payload to a queue and waits until RabbitMQ has confirmed it.
    ///
    /// # Errors
    /// When it is not certain that RabbitMQ has the payload. Publish it again: a duplicate is harmless.
    pub async fn publish<W: Wire>(
        &self,
        queue: Queue,
        payload: &W,
        trace: Option<TraceId>,
    ) -> Result<(), PublishError> {
        let message_id = Uuid::new_v4();
        let outgoing = Outgoing {
            queue,
            message_id,
            properties: properties::of_word(W::NAME, message_id, self.clock.now(), trace),
            bytes: payload.encode(),
        };
        self.publish_message(outgoing).await
    }

    /// Publishes a payload to quarantine, with the reason and the queue that a replay returns it to.
    ///
    /// # Errors
    /// When it is not certain that RabbitMQ has the payload, for example because quarantine is full.
    pub async fn quarantine<W: Wire>(
        &self,
        origin: Queue,
        payload: &W,
        reason: &str,
        trace: Option<TraceId>,
    ) -> Result<(), PublishError> {
        let message_id = Uuid::new_v4();
        let properties = properties::of_word(W::NAME, message_id, self.clock.now(), trace);
        let outgoing = Outgoing {
            queue: Queue::Quarantine,
            message_id,
            properties: properties::of_quarantined(properties, message_id, origin.name(), reason),
            bytes: payload.encode(),
        };
        self.publish_message(outgoing).await?;
        let labels = [origin.name()];
        Metrics::get().quarantined.with_label_values(&labels).inc();
        Ok(())
    }

    /// Whether a connection accepts publishes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    pub(crate) async fn publish_message(&self, message: Outgoing) -> Result<(), PublishError> {
        let started = Instant::now();
        let queue = message.queue.name();
        let result = self.hand_over(message).await;
        let outcome = result.map_or_else(PublishError::label, |()| "stored");
        let metrics = Metrics::get();
        metrics.published.with_label_values(&[queue, outcome]).inc();
        if result.is_ok() {
            metrics
                .confirm_seconds
                .observe(started.elapsed().as_secs_f64());
        }
        result
    }

    async fn hand_over(&self, message: Outgoing) -> Result<(), PublishError> {
        let mut open = self.open.clone();
        match tokio::time::timeout(self.publish_wait, open.wait_for(|open| *open)).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => return Err(PublishError::Disconnected),
        }
        let deadline = Instant::now() + self.confirm_timeout;
        let (answer, answered) = oneshot::channel();
        let request = Request {
            message,
            deadline,
            answer,
        };
        match tokio::time::timeout_at(deadline, self.lane.send(request)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Err(PublishError::Disconnected),
        }
        match tokio::time::timeout_at(deadline, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(PublishError::Unconfirmed),
        }
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Publisher(open: {})", self.is_open())
    }
}
