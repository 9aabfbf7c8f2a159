//! Publishes consent markers into the queue of inbound messages, four times a second.

use std::time::Duration;

use broker::Queue;
use common::wire::{Envelope, Event, EventKind};
use storage::StorageError;
use tokio::time::MissedTickBehavior;

use crate::Projector;

/// Well below the age from which the consent watermark holds back marketing (`sender.consent_lag_ms`).
const INTERVAL: Duration = Duration::from_millis(250);

/// Publishes markers until shutdown. If the broker refuses one, the next one replaces it.
pub(crate) async fn run(projector: Projector) -> Result<(), StorageError> {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            () = projector.context.shutdown.triggered() => return Ok(()),
        }
        let event = Event {
            waba_id: None,
            phone_number_id: None,
            kind: EventKind::ConsentMarker,
        };
        let marker = Envelope {
            published_at: projector.context.clock.now(),
            events: vec![event],
        };
        if let Err(error) = projector
            .publisher
            .publish(Queue::Inbound, &marker, None)
            .await
        {
            tracing::debug!(%error, "a consent marker was not published; the next one replaces it");
        }
    }
}
