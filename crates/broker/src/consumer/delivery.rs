//! A decoded message with the handle that acks it.

use chrono::{DateTime, Utc};
use common::trace::TraceId;

/// A message of a queue, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery<W> {
    /// What it says.
    pub word: W,
    /// The trace that it belongs to.
    pub trace: Option<TraceId>,
    /// When it was published, to the second; `None` when it does not say.
    pub published_at: Option<DateTime<Utc>>,
    /// Whether it may have been handled before.
    pub redelivered: bool,
    /// What acks it.
    pub handle: AckHandle,
}

/// Stands for a delivery that is not acked yet. It means nothing once its connection is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AckHandle {
    /// The connection that it was delivered on.
    pub(super) generation: u64,
    /// RabbitMQ's number of the delivery on its channel.
    pub(super) tag: u64,
}

impl<W> From<Delivery<W>> for AckHandle {
    fn from(delivery: Delivery<W>) -> Self {
        delivery.handle
    }
}
