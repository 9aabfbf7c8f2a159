//! Waiting for an effect of another process or task.

use std::time::{Duration, Instant};

/// Interval between two checks of the condition.
const INTERVAL: Duration = Duration::from_millis(20);

/// Waits until `condition` yields a value, at most for `limit`.
///
/// # Panics
/// At the time limit; `what` describes the condition.
pub async fn eventually<T>(
    what: &str,
    limit: Duration,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + limit;
    let mut ticks = tokio::time::interval(INTERVAL);
    loop {
        ticks.tick().await;
        if let Some(value) = condition().await {
            return value;
        }
        assert!(Instant::now() < end, "timed out after {limit:?}: {what}");
    }
}
