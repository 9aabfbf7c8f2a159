//! A decoded message with the handle that acks it.

use chrono::{DateTime, Utc};
use common::trace::TraceId;

/// A message of a queue, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery<W> {
    /// Its payload.
    pub payload: W,
    /// Its trace.
    pub trace: Option<TraceId>,
    /// When it was published, in whole seconds; `None` when that is not recorded.
    pub published_at: Option<DateTime<Utc>>,
    /// Whether it may have been handled before.
    pub redelivered: bool,
    /// The handle for its ack.
    pub handle: AckHandle,
}

/// Identifies a delivery that is not acked yet. It is invalid once its connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AckHandle {
    /// The connection that it was delivered on.
    pub(super) generation: u64,
    /// RabbitMQ's delivery tag on its channel.
    pub(super) tag: u64,
}

impl<W> From<Delivery<W>> for AckHandle {
    fn from(delivery: Delivery<W>) -> Self {
        delivery.handle
    }
}
