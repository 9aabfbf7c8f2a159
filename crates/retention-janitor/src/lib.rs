//! Keeps the promises about time: what is past it goes, and room for what comes is made in time.
//!
//! Every step is harmless when repeated and may be cut off anywhere. Several janitors do not disturb each other.

mod error;
mod metrics;
mod partitions;
mod purge;
mod settings;

use std::time::Duration;

use bootstrap::Context;
use bootstrap::task::supervise;
use sealing::MasterKeys;
use storage::Store;

pub use error::JanitorError;
pub use settings::{JanitorSettings, Settings};

/// Runs the service until shutdown.
///
/// # Errors
/// When a setting is not what it should be.
pub async fn run(settings: Settings, context: Context) -> Result<(), JanitorError> {
    let master = MasterKeys::parse(&settings.master_key).map_err(JanitorError::MasterKey)?;
    let store = Store::new(&settings.database, master)?;
    let (limits, shutdown) = (settings.janitor, context.shutdown.clone());
    let postgres = context.health.dependency("postgres");
    let (partitions, purge, audiences, count) =
        (store.clone(), store.clone(), store.clone(), store);
    let (first, second, third, fourth) =
        (context.clone(), context.clone(), context.clone(), context);
    let tasks = [
        supervise("janitor.partitions", shutdown.clone(), None, move || {
            partitions::run(partitions.clone(), limits, first.clone())
        }),
        supervise("janitor.purge", shutdown.clone(), None, move || {
            purge::run(purge.clone(), postgres.clone(), second.clone())
        }),
        supervise("janitor.audiences", shutdown.clone(), None, move || {
            purge::audiences(audiences.clone(), third.clone())
        }),
        supervise("janitor.count", shutdown, None, move || {
            purge::count(count.clone(), limits, fourth.clone())
        }),
    ];
    for task in tasks {
        task.await.map_err(|_| JanitorError::Ended)?;
    }
    Ok(())
}

/// Waits for the next round; `false` when the process stops.
async fn wait(context: &Context, interval: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(interval) => true,
        () = context.shutdown.triggered() => false,
    }
}
