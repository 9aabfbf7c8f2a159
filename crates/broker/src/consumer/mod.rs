//! Consuming in batches, with acks that are sent on the connection of the delivery only.
//!
//! Nothing is rejected or requeued: unacked messages are delivered again when their connection ends. Messages that
//! cannot be decoded are published to quarantine, and acked after the confirm.

mod acks;
mod delivery;
mod quarantine;
mod stream;
mod subscription;

use std::fmt;

use common::wire::Wire;

use crate::connector::Connector;
use crate::publisher::Publisher;
use crate::topology::Queue;
use crate::watch::Watch;

pub use acks::Acknowledger;
pub use delivery::{AckHandle, Delivery};
pub use subscription::Subscription;

/// Subscribes to queues. Cloning is cheap.
#[derive(Clone)]
pub struct Consumer {
    connector: Connector,
    publisher: Publisher,
    watch: Watch,
}

impl Consumer {
    pub(crate) const fn new(connector: Connector, publisher: Publisher, watch: Watch) -> Self {
        Self {
            connector,
            publisher,
            watch,
        }
    }

    /// A subscription with a connection of its own, which is opened when the first batch is requested.
    ///
    /// `prefetch` is the maximum number of unacked deliveries.
    #[must_use]
    pub fn subscribe<W: Wire>(&self, queue: Queue, prefetch: u16) -> Subscription<W> {
        Subscription::new(
            self.connector.clone(),
            self.publisher.clone(),
            &self.watch,
            queue,
            prefetch,
        )
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Consumer")
    }
}
