//! What a service is handed when it starts.

use std::fmt;
use std::sync::Arc;

use common::clock::SharedClock;

use crate::clock::SystemClock;
use crate::health::Health;
use crate::shutdown::Shutdown;

/// The process around a service. Cloning is cheap; every service of a process gets the same one.
#[derive(Clone)]
pub struct Context {
    /// The time.
    pub clock: SharedClock,
    /// Where a service reports what it depends on.
    pub health: Health,
    /// When to stop.
    pub shutdown: Shutdown,
}

impl Context {
    /// A context of the system's clock that ends with the given shutdown.
    #[must_use]
    pub fn new(shutdown: Shutdown) -> Self {
        Self::with_clock(Arc::new(SystemClock), shutdown)
    }

    /// A context of another clock, for tests.
    #[must_use]
    pub fn with_clock(clock: SharedClock, shutdown: Shutdown) -> Self {
        let health = Health::new(Arc::clone(&clock));
        Self {
            clock,
            health,
            shutdown,
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}
