//! The consumer of the projector's queues: it takes envelopes in batches, and acknowledges a batch when all its updates
//! are durable.

use std::time::Duration;

use broker::{Delivery, Queue};
use common::wire::Envelope;
use storage::StorageError;

use crate::Projector;
use crate::retry::Stopping;

/// Unacknowledged envelopes.
const PREFETCH: u16 = 64;

/// How the envelopes of a queue are applied.
pub(crate) trait Batches {
    /// The queue.
    const QUEUE: Queue;
    /// How long a batch is collected.
    const GATHER: Duration;

    /// Returns when all updates are durable: applied, or in quarantine.
    fn apply(
        projector: &Projector,
        deliveries: &[Delivery<Envelope>],
    ) -> impl Future<Output = Result<(), Stopping>> + Send;
}

/// Consumes until shutdown.
pub(crate) async fn run<B: Batches>(projector: Projector) -> Result<(), StorageError> {
    let mut subscription = projector.consumer.subscribe::<Envelope>(B::QUEUE, PREFETCH);
    let acknowledger = subscription.acknowledger();
    let stop = projector.context.shutdown.token();
    while let Some(deliveries) = subscription
        .next_batch(usize::from(PREFETCH), B::GATHER, &stop)
        .await
    {
        if B::apply(&projector, &deliveries).await.is_err() {
            return Ok(());
        }
        acknowledger.ack(deliveries).await;
    }
    Ok(())
}
