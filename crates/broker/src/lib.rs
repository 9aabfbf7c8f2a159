//! RabbitMQ: the topology, confirmed publishing, consuming in batches.
//!
//! This is the only crate that uses AMQP. Nothing here waits for the broker to start: connections are opened in the
//! background and reopened without end, at most 5 seconds apart. lapin's own recovery is disabled, because it hides
//! which confirms and deliveries were lost; a new connection is a new generation, and nothing of an older one is used
//! on it.

mod connector;
mod consumer;
mod dead_letters;
mod metrics;
mod properties;
mod publisher;
mod settings;
mod topology;
mod watch;

use std::fmt;
use std::sync::Arc;

use common::clock::SharedClock;

pub use consumer::{AckHandle, Acknowledger, Consumer, Delivery, Subscription};
pub use dead_letters::{Content, DeadLetter, DeadLetterError, DeadLetterKind, DeadLetters};
pub use publisher::{PublishError, Publisher};
pub use settings::{BrokerSettings, BrokerSettingsError};
pub use topology::Queue;

/// A service's connections to RabbitMQ.
pub struct Broker {
    publisher: Publisher,
    consumer: Consumer,
}

impl Broker {
    /// Starts to connect and returns at once; needs a tokio runtime.
    ///
    /// `service` names the connections in RabbitMQ's own tools. `health` is called when all connections become open,
    /// and when one is lost; it must not block.
    ///
    /// # Errors
    /// When the URL cannot be parsed.
    pub fn connect(
        settings: &BrokerSettings,
        service: &str,
        clock: SharedClock,
        health: impl Fn(Result<(), String>) + Send + Sync + 'static,
    ) -> Result<Self, BrokerSettingsError> {
        let connector = connector::Connector::new(settings, service)?;
        let watch = watch::Watch::new(Arc::new(health));
        let publisher = Publisher::start(connector.clone(), settings, clock, watch.clone());
        let consumer = Consumer::new(connector, publisher.clone(), watch);
        Ok(Self {
            publisher,
            consumer,
        })
    }

    /// Publishes on a connection of its own. Clones share it.
    #[must_use]
    pub fn publisher(&self) -> Publisher {
        self.publisher.clone()
    }

    /// Subscribes to queues, on a connection for each.
    #[must_use]
    pub fn consumer(&self) -> Consumer {
        self.consumer.clone()
    }
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Broker")
    }
}
