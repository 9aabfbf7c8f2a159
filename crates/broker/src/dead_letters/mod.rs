//! Dead letters and quarantined messages, for an operator: read without removing them, and returned to their queues.
//!
//! Messages are fetched without an ack, so that RabbitMQ requeues them when the connection is closed. A returned message
//! is acked only after its own queue has confirmed it: if the process is killed in between, both queues have it, and
//! consumers handle duplicates.

mod message;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use common::clock::SharedClock;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use uuid::Uuid;

pub use message::{Content, DeadLetter};

use crate::connector::{Connector, Link};
use crate::properties;
use crate::publisher::{Outgoing, PublishError, Publisher};
use crate::settings::{BrokerSettings, BrokerSettingsError};
use crate::topology::Queue;
use crate::watch::Watch;

/// Time limit of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Why no consumer handles a message any more, and with that its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadLetterKind {
    /// A job that was delivered 20 times without an ack.
    Dead,
    /// A message that cannot be decoded or applied.
    Quarantine,
}

/// A connection that reads and returns dead letters.
pub struct DeadLetters {
    link: Link,
    publisher: Publisher,
}

/// Why dead letters cannot be read or returned. None was removed.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] BrokerSettingsError),
    /// RabbitMQ was not reached in time.
    #[error("rabbitmq was not reached within {} s: {reason}", CONNECT_TIMEOUT.as_secs())]
    Unreachable {
        /// The error of the last attempt.
        reason: String,
    },
    /// The connection was lost.
    #[error("the connection to rabbitmq was lost; messages that were not replayed are still there")]
    Broken(#[from] lapin::Error),
    /// The message names no known queue as its origin.
    #[error("it names no known queue as its origin, so it cannot be replayed; it is still there")]
    NoOrigin,
    /// Its queue did not confirm it.
    #[error("its queue did not confirm it ({0}); it is still there")]
    NotConfirmed(#[from] PublishError),
    /// It was returned and not removed.
    #[error("it was replayed, but not removed here; replaying it again does no harm")]
    NotRemoved,
}

impl DeadLetterKind {
    /// The queue of such messages.
    #[must_use]
    pub const fn queue(self) -> Queue {
        match self {
            Self::Dead => Queue::Dead,
            Self::Quarantine => Queue::Quarantine,
        }
    }
}

impl DeadLetters {
    /// Connects.
    ///
    /// # Errors
    /// When the URL cannot be parsed or RabbitMQ is not reached within 15 seconds.
    pub async fn open(
        settings: &BrokerSettings,
        clock: SharedClock,
    ) -> Result<Self, DeadLetterError> {
        let connector = Connector::new(settings, "operator")?;
        let reason = Arc::new(Mutex::new(String::new()));
        let told = Arc::clone(&reason);
        let watch = Watch::new(Arc::new(move |state: Result<(), String>| {
            if let Err(why) = state {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = why;
            }
        }));
        let publisher = Publisher::start(connector.clone(), settings, clock, watch.clone());
        let mut state = watch.link("dead letters".to_owned());
        let dial = connector.dial(&mut state, |_| std::future::ready(Ok(())));
        let Ok(link) = tokio::time::timeout(CONNECT_TIMEOUT, dial).await else {
            let reason = reason
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            return Err(DeadLetterError::Unreachable { reason });
        };
        Ok(Self { link, publisher })
    }

    /// Fetches at most `limit` messages, the oldest first. Other connections do not see them until this one is closed.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn fetch(
        &self,
        kind: DeadLetterKind,
        limit: usize,
    ) -> Result<Vec<DeadLetter>, DeadLetterError> {
        let mut fetched = Vec::new();
        while fetched.len() < limit {
            let name = kind.queue().name().into();
            let got = self
                .link
                .channel
                .basic_get(name, BasicGetOptions::default());
            let Some(got) = got.await? else { break };
            fetched.push(DeadLetter::new(kind, got.delivery));
        }
        Ok(fetched)
    }

    /// Publishes a fetched message to its original queue under a new id, and removes it here.
    ///
    /// # Errors
    /// When its original queue is unknown or does not confirm it: then it is still here.
    pub async fn replay(&self, message: &DeadLetter) -> Result<(), DeadLetterError> {
        let queue = message.origin().ok_or(DeadLetterError::NoOrigin)?;
        let message_id = Uuid::new_v4();
        let outgoing = Outgoing {
            queue,
            message_id,
            properties: properties::of_replayed(message.properties(), message_id),
            bytes: message.bytes().to_vec(),
        };
        self.publisher.publish_message(outgoing).await?;
        let ack = self
            .link
            .channel
            .basic_ack(message.tag(), BasicAckOptions::default());
        ack.await.map_err(|_| DeadLetterError::NotRemoved)
    }
}

impl fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeadLetters")
    }
}
