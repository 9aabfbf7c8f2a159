//! Applies the retention limits: deletes expired rows, drops old partitions, and creates the coming ones in time.
//!
//! Every step may be repeated and may be interrupted anywhere. Several janitors can run at the same time.

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
/// When a setting is invalid.
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
