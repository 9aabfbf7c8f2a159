//! Applying what must not be given up: again while the database is away, alone when one of a batch is at fault, and set
//! aside in quarantine, with its bytes, when it alone cannot be applied.

use std::time::Duration;

use broker::Queue;
use common::wire::{Envelope, Event};
use storage::StorageError;

use super::Projector;
use super::metrics::{Metrics, add};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The process stops before all was durable: what is not acked is delivered again to another one.
#[derive(Debug)]
pub(super) struct Stopping;

/// What a queue carries, and how it is applied.
pub(super) trait Lane {
    /// What an event is read into.
    type Item: Sync;
    /// The name in metrics and logs.
    const NAME: &'static str;
    /// Where its events come from, and go back to when they are replayed.
    const QUEUE: Queue;

    /// Applies items in one transaction.
    fn apply(
        projector: &Projector,
        items: &[Self::Item],
    ) -> impl Future<Output = Result<(), StorageError>> + Send;
}

/// Applies items that were read from `events`, one of each; says how many were set aside.
pub(super) async fn apply<L: Lane>(
    projector: &Projector,
    items: &[L::Item],
    events: &[&Event],
) -> Result<usize, Stopping> {
    if items.is_empty() || apply_at_last::<L>(projector, items).await?.is_ok() {
        return Ok(0);
    }
    // One of them is at fault: alone, it cannot hold up the others.
    let mut unapplied = 0;
    for (item, event) in items.iter().zip(events) {
        if let Err(error) = apply_at_last::<L>(projector, std::slice::from_ref(item)).await? {
            quarantine::<L>(projector, event, &error.to_string()).await?;
            unapplied += 1;
        }
    }
    Ok(unapplied)
}

/// Publishes an event to quarantine and returns when that is confirmed.
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
        tracing::warn!(%error, lane = L::NAME, "an event cannot be quarantined yet");
        wait(projector, &mut pause).await?;
    }
    add(&Metrics::get().refused, L::NAME, 1);
    let number = event.phone_number_id.as_ref().map(ToString::to_string);
    tracing::error!(
        reason,
        lane = L::NAME,
        phone_number.id = number,
        "an event cannot be applied; it is kept in quarantine"
    );
    Ok(())
}

/// Tries until it is applied, or the data themselves are at fault.
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
