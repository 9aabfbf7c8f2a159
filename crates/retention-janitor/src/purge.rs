//! Deletes rows that expire one by one, and checks that no message was lost or invented.

use std::time::Duration;

use bootstrap::health::DependencyHandle;
use bootstrap::worker_loop::WorkerLoop;
use chrono::{DateTime, Utc};
use common::retention::expiring_tables;
use storage::{StorageError, Store};
use worker_storage::discarded_audiences;
use worker_storage::retention::{conservation_difference, purge};

use crate::Janitor;
use crate::metrics::Metrics;

/// One-time codes must be deleted after 5 minutes; their expiry is checked at every use as well.
const INTERVAL: Duration = Duration::from_secs(5);

/// Deletes rows until shutdown, and reports whether the database is available: no other task queries it as often.
pub(crate) async fn run(janitor: Janitor, postgres: DependencyHandle) -> Result<(), StorageError> {
    let mut rounds = WorkerLoop::new(&janitor.context.shutdown.token());
    while rounds.next(INTERVAL).await {
        match purge_all(&janitor.store, janitor.context.clock.now()).await {
            Ok(()) => postgres.ok(),
            Err(error) if error.is_unavailable() => postgres.missing(error.to_string()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn purge_all(store: &Store, now: DateTime<Utc>) -> Result<(), StorageError> {
    for table in expiring_tables() {
        let purged = purge(store, &table, now).await?;
        Metrics::get()
            .purged
            .with_label_values(&[table.name])
            .inc_by(purged);
    }
    Ok(())
}

/// Deletes discarded audiences until shutdown. They may have millions of rows, and no other work may wait for that.
pub(crate) async fn audiences(janitor: Janitor) -> Result<(), StorageError> {
    let mut rounds = WorkerLoop::new(&janitor.context.shutdown.token());
    while rounds.next(INTERVAL).await {
        match discarded_audiences::purge(&janitor.store, janitor.context.clock.now()).await {
            Ok(purged) => Metrics::get()
                .purged
                .with_label_values(&["campaign_recipients"])
                .inc_by(purged),
            Err(error) if error.is_unavailable() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Counts messages until shutdown.
pub(crate) async fn count(janitor: Janitor) -> Result<(), StorageError> {
    let interval = janitor.limits.count_interval();
    let mut rounds = WorkerLoop::new(&janitor.context.shutdown.token());
    while rounds.next(interval).await {
        match conservation_difference(&janitor.store).await {
            Ok(difference) => {
                Metrics::get().conservation.set(difference);
                if difference != 0 {
                    tracing::error!(
                        difference,
                        "the numbers of accepted and of stored messages differ"
                    );
                }
            }
            Err(error) if error.is_unavailable() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
