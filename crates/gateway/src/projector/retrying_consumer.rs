//! Applies updates that must not be lost. It retries while the database is unavailable, applies a failed batch one by
//! one, and quarantines an update, with its bytes, when that alone cannot be applied.

use std::time::Duration;

use broker::Queue;
use common::wire::{Envelope, Event};
use storage::StorageError;

use super::Projector;
use super::metrics::{Metrics, add};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The process stops before all is durable: unacknowledged updates are delivered again to another process.
#[derive(Debug)]
pub(super) struct Stopping;

/// An event handler: what a queue carries, and how it is applied.
pub(super) trait Lane {
    /// What an event is parsed into.
    type Item: Sync;
    /// The name in metrics and logs.
    const NAME: &'static str;
    /// The queue of its events, to which replayed ones return.
    const QUEUE: Queue;

    /// Applies items in one transaction.
    fn apply(
        projector: &Projector,
        items: &[Self::Item],
    ) -> impl Future<Output = Result<(), StorageError>> + Send;
}

/// Applies items that were parsed from `events`, one for each; returns how many were quarantined.
pub(super) async fn apply<L: Lane>(
    projector: &Projector,
    items: &[L::Item],
    events: &[&Event],
) -> Result<usize, Stopping> {
    if items.is_empty() || apply_at_last::<L>(projector, items).await?.is_ok() {
        return Ok(0);
    }
    // One of them is invalid: applied one by one, it does not block the others.
    let mut unapplied = 0;
    for (item, event) in items.iter().zip(events) {
        if let Err(error) = apply_at_last::<L>(projector, std::slice::from_ref(item)).await? {
            quarantine::<L>(projector, event, &error.to_string()).await?;
            unapplied += 1;
        }
    }
    Ok(unapplied)
}

/// Publishes an event to quarantine, and returns when that is confirmed.
pub(super) async fn quarantine<L: Lane>(
    projector: &Projector,
    event: &Event,
    reason: &str,
) -> Result<(), Stopping> {
    let envelope = Envelope {
        published_at: projector.context.clock.now(),
        events: vec![event.clone()],
    };
    let publisher = projector.broker.publisher();
    let mut pause = FIRST_PAUSE;
    while let Err(error) = publisher
        .quarantine(L::QUEUE, &envelope, reason, None)
        .await
    {
        tracing::warn!(%error, lane = L::NAME, "an event could not be quarantined yet; this is tried again");
        wait(projector, &mut pause).await?;
    }
    add(&Metrics::get().refused, L::NAME, 1);
    let number = event.phone_number_id.as_ref().map(ToString::to_string);
    tracing::error!(
        reason,
        lane = L::NAME,
        phone_number.id = number,
        "an event cannot be applied; it was moved to quarantine"
    );
    Ok(())
}

/// Retries until it is applied, or the data themselves are invalid.
async fn apply_at_last<L: Lane>(
    projector: &Projector,
    items: &[L::Item],
) -> Result<Result<(), StorageError>, Stopping> {
    let mut pause = FIRST_PAUSE;
    loop {
        match L::apply(projector, items).await {
            Err(error) if !error.is_of_the_data() => {
                tracing::warn!(%error, lane = L::NAME, "the projector waits for the database; nothing is lost");
                wait(projector, &mut pause).await?;
            }
            settled => return Ok(settled),
        }
    }
}

async fn wait(projector: &Projector, pause: &mut Duration) -> Result<(), Stopping> {
    let now = *pause;
    *pause = (now * 2).min(LONGEST_PAUSE);
    tokio::select! {
        () = tokio::time::sleep(now) => Ok(()),
        () = projector.context.shutdown.triggered() => Err(Stopping),
    }
}
