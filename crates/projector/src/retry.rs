//! Applies updates that must not be lost. It retries while the database is unavailable, applies a failed batch one by
//! one, and quarantines an update, with its bytes, when that alone cannot be applied.

use std::time::Duration;

use bootstrap::retry::pauses;
use common::wire::{Envelope, Event};
use storage::StorageError;

use crate::Projector;
use crate::metrics::{Metrics, add};
use crate::updates::Kind;

/// The process stops before all is durable: unacknowledged updates are delivered again to another process.
#[derive(Debug)]
pub(crate) struct Stopping;

/// Applies updates that were read from `events`, one for each; returns how many were quarantined.
pub(crate) async fn apply<K: Kind>(
    projector: &Projector,
    updates: &[K::Update],
    events: &[&Event],
) -> Result<usize, Stopping> {
    if apply_at_last::<K>(projector, updates).await?.is_ok() {
        return Ok(0);
    }
    // One of them is invalid: applied one by one, it does not block the others.
    let mut unapplied = 0;
    for (update, event) in updates.iter().zip(events) {
        if let Err(error) = apply_at_last::<K>(projector, std::slice::from_ref(update)).await? {
            quarantine::<K>(projector, event, &error.to_string()).await?;
            unapplied += 1;
        }
    }
    Ok(unapplied)
}

/// Publishes an event to quarantine, and returns when that is confirmed.
pub(crate) async fn quarantine<K: Kind>(
    projector: &Projector,
    event: &Event,
    reason: &str,
) -> Result<(), Stopping> {
    let envelope = Envelope {
        published_at: projector.context.clock.now(),
        events: vec![event.clone()],
    };
    let mut pauses = pauses();
    while let Err(error) = projector
        .publisher
        .quarantine(K::QUEUE, &envelope, reason, None)
        .await
    {
        tracing::warn!(%error, update = K::NAME, "an event could not be quarantined yet; this is tried again");
        wait(projector, pauses.next()).await?;
    }
    add(&Metrics::get().refused, K::NAME, 1);
    let number = event.phone_number_id.as_ref().map(ToString::to_string);
    tracing::error!(
        reason,
        update = K::NAME,
        phone_number.id = number,
        "an event cannot be applied; it was moved to quarantine"
    );
    Ok(())
}

/// Retries until it is applied, or the data themselves are invalid.
async fn apply_at_last<K: Kind>(
    projector: &Projector,
    updates: &[K::Update],
) -> Result<Result<(), StorageError>, Stopping> {
    let mut pauses = pauses();
    loop {
        match K::apply(projector, updates).await {
            Err(error) if !error.is_of_the_data() => {
                tracing::warn!(%error, update = K::NAME, "the projector waits for the database; nothing is lost");
                wait(projector, pauses.next()).await?;
            }
            settled => return Ok(settled),
        }
    }
}

/// The pauses never end.
async fn wait(projector: &Projector, pause: Option<Duration>) -> Result<(), Stopping> {
    tokio::select! {
        () = tokio::time::sleep(pause.unwrap_or_default()) => Ok(()),
        () = projector.context.shutdown.triggered() => Err(Stopping),
    }
}
