//! Checks every few seconds whether a dependency is reachable, for `/readyz`.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use crate::health::DependencyHandle;
use crate::shutdown::Shutdown;
use crate::worker_loop::WorkerLoop;

const INTERVAL: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(5);

/// Checks a dependency until the process stops, and reports each result.
pub async fn watch<C, E>(dependency: &DependencyHandle, shutdown: &Shutdown, check: impl Fn() -> C)
where
    C: Future<Output = Result<(), E>>,
    E: Display,
{
    let mut rounds = WorkerLoop::new(&shutdown.token());
    while rounds.next(INTERVAL).await {
        let checked = tokio::time::timeout(TIMEOUT, check()).await;
        dependency.report(match checked {
            Ok(result) => result.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} s", TIMEOUT.as_secs())),
        });
    }
}
