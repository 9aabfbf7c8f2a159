//! The projector: applies Meta's updates in batches, and acknowledges them when they are durable.
//!
//! While the database is unavailable it stops consuming and keeps its unacknowledged updates: the queues have the only
//! copy of them, so nothing is acknowledged before its transaction has committed, and nothing is dropped.

mod consent_marker;
mod inbound;
mod limits;
mod metrics;
mod preferences;
mod retrying_consumer;
mod statuses;
mod templates;
mod unmatched_statuses;

use std::sync::Arc;

use bootstrap::Context;
use bootstrap::task::supervise;
use broker::Broker;
use sealing::{OpaqueSigner, TransitKey};
use storage::Store;
use tokio::task::JoinHandle;

/// The dependencies of the projector.
#[derive(Clone)]
pub(crate) struct Projector {
    store: Store,
    broker: Arc<Broker>,
    transit: TransitKey,
    signer: OpaqueSigner,
    context: Context,
}

impl Projector {
    pub(crate) const fn new(
        store: Store,
        broker: Arc<Broker>,
        transit: TransitKey,
        signer: OpaqueSigner,
        context: Context,
    ) -> Self {
        Self {
            store,
            broker,
            transit,
            signer,
            context,
        }
    }

    /// Starts its tasks; they end with the shutdown, after the current batch.
    pub(crate) fn start(&self) -> Vec<JoinHandle<()>> {
        let shutdown = &self.context.shutdown;
        let (statuses, inbound, tick, unmatched) =
            (self.clone(), self.clone(), self.clone(), self.clone());
        vec![
            supervise("projector.statuses", shutdown.clone(), None, move || {
                statuses::run(statuses.clone())
            }),
            supervise("projector.inbound", shutdown.clone(), None, move || {
                inbound::run(inbound.clone())
            }),
            supervise("projector.tick", shutdown.clone(), None, move || {
                consent_marker::run(tick.clone())
            }),
            supervise("projector.unmatched", shutdown.clone(), None, move || {
                unmatched_statuses::run(unmatched.clone())
            }),
        ]
    }
}
