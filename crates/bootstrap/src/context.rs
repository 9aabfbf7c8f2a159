//! The context that a service gets when it starts.

use std::fmt;
use std::sync::Arc;

use common::clock::SharedClock;

use crate::clock::SystemClock;
use crate::health::Health;
use crate::shutdown::Shutdown;

/// The environment of a service within its process. Cloning is cheap; every service of a process gets the same one.
#[derive(Clone)]
pub struct Context {
    /// The clock.
    pub clock: SharedClock,
    /// The registry in which a service reports its dependencies.
    pub health: Health,
    /// The shutdown signal.
    pub shutdown: Shutdown,
}

impl Context {
    /// A context with the system clock and the given shutdown.
    #[must_use]
    pub fn new(shutdown: Shutdown) -> Self {
        Self::with_clock(Arc::new(SystemClock), shutdown)
    }

    /// A context with another clock, for tests.
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
