//! What was set aside, for an operator: looked at where it lies, and put back into the queue that it came from.
//!
//! Everything is fetched without an ack, so looking takes nothing away; what was fetched lies in its queue again when the
//! connection ends. A message that is put back is acked only when its own queue has confirmed it: should this process
//! die in between, it lies in both, which consumers bear.

mod message;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use common::clock::SharedClock;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use uuid::Uuid;

pub use message::{Content, SetAsideMessage};

use crate::connector::{Connector, Link};
use crate::properties;
use crate::publisher::{Outgoing, PublishError, Publisher};
use crate::settings::{BrokerSettings, BrokerSettingsError};
use crate::topology::Queue;
use crate::watch::Watch;

/// How long the broker may take to be reached.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where messages lie that no consumer could handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadLetterKind {
    /// Jobs that failed too often.
    Dead,
    /// What could not be read or applied.
    Quarantine,
}

/// A connection for looking at what was set aside.
pub struct SetAside {
    link: Link,
    publisher: Publisher,
}

/// Why an operator's look or act failed. What was set aside is still there.
#[derive(Debug, thiserror::Error)]
pub enum SetAsideError {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] BrokerSettingsError),
    /// The broker was not reached in time.
    #[error("rabbitmq was not reached within {} s: {reason}", PATIENCE.as_secs())]
    Unreachable {
        /// What the last try said.
        reason: String,
    },
    /// The connection broke.
    #[error("the connection to rabbitmq broke; what was not put back yet is still set aside")]
    Broken(#[from] lapin::Error),
    /// The message does not say which of our queues it came from.
    #[error("it does not say which queue it came from, so it cannot be put back")]
    NoOrigin,
    /// Its queue did not take it back.
    #[error("its queue did not take it back ({0}); it is still set aside")]
    NotTaken(#[from] PublishError),
    /// It was put back and is still set aside as well.
    #[error("it was put back, but is still set aside as well; putting it back again does no harm")]
    Twice,
}

impl DeadLetterKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Dead, Self::Quarantine];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dead => "dead",
            Self::Quarantine => "quarantine",
        }
    }

    const fn queue(self) -> Queue {
        match self {
            Self::Dead => Queue::Dead,
            Self::Quarantine => Queue::Quarantine,
        }
    }
}

impl SetAside {
    /// Connects.
    ///
    /// # Errors
    /// When the url cannot be read or the broker is not reached within 15 seconds.
    pub async fn open(
        settings: &BrokerSettings,
        clock: SharedClock,
    ) -> Result<Self, SetAsideError> {
        let connector = Connector::new(settings, "operator")?;
        let reason = Arc::new(Mutex::new(String::new()));
        let told = Arc::clone(&reason);
        let watch = Watch::new(Arc::new(move |state: Result<(), String>| {
            if let Err(why) = state {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = why;
            }
        }));
        let publisher = Publisher::start(connector.clone(), settings, clock, watch.clone());
        let mut state = watch.link("set aside".to_owned());
        let dial = connector.dial(&mut state, |_| std::future::ready(Ok(())));
        let Ok(link) = tokio::time::timeout(PATIENCE, dial).await else {
            let reason = reason
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            return Err(SetAsideError::Unreachable { reason });
        };
        Ok(Self { link, publisher })
    }

    /// Fetches what lies there, the oldest first and at most `most`; nobody else sees it until this connection ends.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn fetch(
        &self,
        pile: DeadLetterKind,
        most: usize,
    ) -> Result<Vec<SetAsideMessage>, SetAsideError> {
        let mut fetched = Vec::new();
        while fetched.len() < most {
            let name = pile.queue().name().into();
            let got = self
                .link
                .channel
                .basic_get(name, BasicGetOptions::default());
            let Some(got) = got.await? else { break };
            fetched.push(SetAsideMessage::new(pile, got.delivery));
        }
        Ok(fetched)
    }

    /// Puts a fetched message back into the queue that it came from, under a new id.
    ///
    /// # Errors
    /// When it cannot be told where it came from, or its queue does not take it: then it is still set aside.
    pub async fn put_back(&self, message: &SetAsideMessage) -> Result<(), SetAsideError> {
        let queue = message.origin().ok_or(SetAsideError::NoOrigin)?;
        let message_id = Uuid::new_v4();
        let outgoing = Outgoing {
            queue,
            message_id,
            properties: properties::of_put_back(message.properties(), message_id),
            bytes: message.bytes().to_vec(),
        };
        self.publisher.publish_message(outgoing).await?;
        let ack = self
            .link
            .channel
            .basic_ack(message.tag(), BasicAckOptions::default());
        ack.await.map_err(|_| SetAsideError::Twice)
    }
}

impl fmt::Debug for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetAside")
    }
}
