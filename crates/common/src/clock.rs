//! Time as a parameter: every rule that depends on the time takes a [`Clock`], so that a test can set the time.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// A source of the current time.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> DateTime<Utc>;
}

/// A clock that is shared within a process.
pub type SharedClock = Arc<dyn Clock>;
