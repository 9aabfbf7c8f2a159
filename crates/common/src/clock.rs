//! Time as a parameter: every rule that depends on the time takes a [`Clock`], so that a test can move it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// A source of the current time.
pub trait Clock: Send + Sync + 'static {
    /// The current time.
    fn now(&self) -> DateTime<Utc>;
}

/// A clock that the parts of a process share.
pub type SharedClock = Arc<dyn Clock>;
