//! The projector: applies Meta's updates in batches, and acknowledges them when they are durable.
//!
//! While the database is unavailable it stops consuming and keeps its unacknowledged updates: the queues have the only
//! copy of them, so nothing is acknowledged before its transaction has committed, and nothing is dropped.
//!
//! It runs in the process of the gateway, whose login and connections it uses, and knows nothing of the API.

mod consent_marker;
mod consumer;
mod inbound;
mod limits;
mod metrics;
mod preferences;
mod retry;
mod statuses;
mod templates;
mod unmatched_statuses;
mod updates;

use bootstrap::Context;
use bootstrap::task::supervise;
use broker::{Broker, Consumer, Publisher};
use sealing::{OpaqueSigner, TransitKey};
use storage::{StorageError, Store};
use tokio::task::JoinHandle;

use crate::inbound::Inbound;
use crate::statuses::Statuses;

/// The dependencies of the projector.
#[derive(Clone)]
pub struct Projector {
    store: Store,
    publisher: Publisher,
    consumer: Consumer,
    transit: TransitKey,
    signer: OpaqueSigner,
    context: Context,
}

impl Projector {
    /// A projector that opens updates with `transit`, the key of webhook-ingest, and verifies opaque ids with `signer`,
    /// the key of the senders.
    #[must_use]
    pub fn new(
        store: Store,
        broker: &Broker,
        transit: TransitKey,
        signer: OpaqueSigner,
        context: Context,
    ) -> Self {
        Self {
            store,
            publisher: broker.publisher(),
            consumer: broker.consumer(),
            transit,
            signer,
            context,
        }
    }

    /// Applies updates until shutdown; returns after the current batches. Postgres and RabbitMQ may be away meanwhile.
    pub async fn run(self) {
        let tasks = [
            self.task("projector.statuses", consumer::run::<Statuses>),
            self.task("projector.inbound", consumer::run::<Inbound>),
            self.task("projector.consent_marker", consent_marker::run),
            self.task("projector.unmatched", unmatched_statuses::run),
        ];
        for task in tasks {
            if task.await.is_err() {
                tracing::error!("a task of the projector panicked");
            }
        }
    }

    /// Starts a task that is started again when it fails.
    fn task<W>(&self, name: &'static str, run: fn(Self) -> W) -> JoinHandle<()>
    where
        W: Future<Output = Result<(), StorageError>> + Send + 'static,
    {
        let projector = self.clone();
        let shutdown = self.context.shutdown.clone();
        supervise(name, shutdown, None, move || run(projector.clone()))
    }
}
