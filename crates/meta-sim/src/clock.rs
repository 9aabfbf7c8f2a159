//! The simulator's clock.
//!
//! The simulator is independent of the product and reads the system clock only here. What lasts for hours or days at
//! Meta follows [`SimClock`], which the control API can set forward; messages and webhooks follow the system clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulator is independent of the product and gets no clock injected"
)]
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}

/// The system clock, set forward by the control API.
#[derive(Debug, Default)]
pub(crate) struct SimClock {
    ahead_ms: AtomicI64,
}

impl SimClock {
    /// Milliseconds since the Unix epoch.
    pub(crate) fn now_ms(&self) -> i64 {
        now_ms().saturating_add(self.ahead_ms.load(Ordering::SeqCst))
    }

    /// Sets the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.ahead_ms.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the clock back to the system clock.
    pub(crate) fn reset(&self) {
        self.ahead_ms.store(0, Ordering::SeqCst);
    }
}
