//! Deletes rows that expire one by one, and checks that no message was lost or invented.

use std::time::Duration;

use bootstrap::Context;
use bootstrap::health::DependencyHandle;
use chrono::{DateTime, Utc};
use common::retention::expiring_tables;
use storage::{StorageError, Store};
use worker_storage::discarded_audiences;
use worker_storage::retention::{conservation_difference, purge};

use crate::metrics::Metrics;
use crate::settings::JanitorSettings;
use crate::wait;

/// One-time codes must be deleted after 5 minutes; their expiry is checked at every use as well.
const INTERVAL: Duration = Duration::from_secs(5);

/// Deletes rows until shutdown, and reports whether the database is available: no other task queries it as often.
pub(crate) async fn run(
    store: Store,
    postgres: DependencyHandle,
    context: Context,
) -> Result<(), StorageError> {
    loop {
        match purge_all(&store, context.clock.now()).await {
            Ok(()) => postgres.ok(),
            Err(error) if error.is_unavailable() => postgres.missing(error.to_string()),
            Err(error) => return Err(error),
        }
        if !wait(&context, INTERVAL).await {
            return Ok(());
        }
    }
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
pub(crate) async fn audiences(store: Store, context: Context) -> Result<(), StorageError> {
    loop {
        match discarded_audiences::purge(&store, context.clock.now()).await {
            Ok(purged) => Metrics::get()
                .purged
                .with_label_values(&["campaign_recipients"])
                .inc_by(purged),
            Err(error) if error.is_unavailable() => {}
            Err(error) => return Err(error),
        }
        if !wait(&context, INTERVAL).await {
            return Ok(());
        }
    }
}

/// Counts messages until shutdown.
pub(crate) async fn count(
    store: Store,
    settings: JanitorSettings,
    context: Context,
) -> Result<(), StorageError> {
    loop {
        match conservation_difference(&store).await {
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
        if !wait(&context, settings.count_interval()).await {
            return Ok(());
        }
    }
}
