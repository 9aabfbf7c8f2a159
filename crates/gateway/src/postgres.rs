//! Checks every few seconds whether Postgres is reachable, for `/readyz`.

use std::time::Duration;

use bootstrap::health::DependencyHandle;
use bootstrap::shutdown::Shutdown;
use storage::Store;

const PULSE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(5);

/// Checks until the process stops.
pub(crate) async fn watch(store: Store, health: DependencyHandle, shutdown: Shutdown) {
    loop {
        match tokio::time::timeout(PATIENCE, store.ping()).await {
            Ok(Ok(())) => health.ok(),
            Ok(Err(error)) => health.missing(error.to_string()),
            Err(_) => health.missing(format!("no answer within {} s", PATIENCE.as_secs())),
        }
        tokio::select! {
            () = tokio::time::sleep(PULSE) => {}
            () = shutdown.triggered() => return,
        }
    }
}
