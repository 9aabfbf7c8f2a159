//! Waiting for what another process or task brings about.

use std::time::{Duration, Instant};

/// How often the condition is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// Waits until `condition` yields a value, at most for `limit`.
///
/// # Panics
/// When the time is up; `what` says what did not come about.
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
        assert!(
            Instant::now() < end,
            "within {limit:?} it did not come about that {what}"
        );
    }
}
