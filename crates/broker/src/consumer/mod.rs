//! Consuming in batches, with acks that never reach a connection they do not belong to.
//!
//! Nothing is ever rejected or requeued: what is not acked comes back when its connection ends. Undecodable bytes are
//! published to quarantine, confirmed, and acked then.

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

    /// A subscription with a connection of its own, which is made when the first batch is asked for.
    ///
    /// `prefetch` is the most deliveries that may be unacked at a time.
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
