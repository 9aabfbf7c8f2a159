//! Quarantines a message that cannot be decoded, then acks it.

use bootstrap::retry;
use common::wire::{DecodeError, Wire};
use lapin::message::Delivery as Raw;
use uuid::Uuid;

use super::acks::Acknowledger;
use super::delivery::AckHandle;
use crate::metrics::Metrics;
use crate::properties;
use crate::publisher::{Outgoing, Publisher};
use crate::topology::Queue;

/// Why a message cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Undecodable {
    /// Its type is missing or a different one.
    #[error("it is not a {0}")]
    OtherType(&'static str),
    /// Its bytes do not decode as the type.
    #[error(transparent)]
    Bytes(#[from] DecodeError),
}

pub(super) fn decode<W: Wire>(raw: &Raw) -> Result<W, Undecodable> {
    if properties::name(&raw.properties) != W::NAME {
        return Err(Undecodable::OtherType(W::NAME));
    }
    Ok(W::decode(&raw.data)?)
}

/// Publishes to the quarantine queue until that is confirmed, then acks. Returns without an ack when the message will
/// be redelivered.
pub(super) async fn quarantine(
    raw: Raw,
    handle: AckHandle,
    queue: Queue,
    reason: Undecodable,
    publisher: Publisher,
    acks: Acknowledger,
) {
    let reason = reason.to_string();
    let mut pauses = retry::pauses();
    loop {
        let message_id = Uuid::new_v4();
        let original = raw.properties.clone();
        let outgoing = Outgoing {
            queue: Queue::Quarantine,
            message_id,
            properties: properties::of_quarantined(original, message_id, queue.name(), &reason),
            bytes: raw.data.clone(),
        };
        match publisher.publish_message(outgoing).await {
            Ok(()) => break,
            Err(error) => {
                tracing::warn!(queue = queue.name(), %error, "a message cannot be quarantined yet");
            }
        }
        tokio::time::sleep(pauses.next().unwrap_or(retry::LONGEST_PAUSE)).await;
        if !acks.is_current(handle) {
            return;
        }
    }
    tracing::error!(
        queue = queue.name(),
        %reason,
        "a message could not be decoded; its bytes are in quarantine"
    );
    let labels = [queue.name()];
    Metrics::get().quarantined.with_label_values(&labels).inc();
    acks.ack([handle]).await;
}
