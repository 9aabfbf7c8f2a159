//! The time for which a claimed message belongs to this sender, by the monotonic clock from before the claim was sent.
//!
//! It ends here before it ends in the database, whatever delays occur between: a POST that begins within it is over
//! before another sender may handle the expired lease.

use std::time::Duration;

use tokio::time::Instant;

/// A lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    ends: Instant,
}

impl Lease {
    /// A lease that began at the given instant.
    #[must_use]
    pub(crate) fn new(began: Instant, length: Duration) -> Self {
        Self {
            ends: began + length,
        }
    }

    /// Whether an operation of at most `timeout` ends at least `margin` before the end of the lease.
    #[must_use]
    pub(crate) fn allows(&self, now: Instant, timeout: Duration, margin: Duration) -> bool {
        now + timeout + margin <= self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(15);
    const MARGIN: Duration = Duration::from_secs(5);

    #[test]
    fn a_post_begins_only_if_it_ends_well_within_the_lease() {
        let began = Instant::now();
        let lease = Lease::new(began, Duration::from_secs(60));
        assert!(lease.allows(began + Duration::from_secs(40), TIMEOUT, MARGIN));
        assert!(!lease.allows(began + Duration::from_millis(40_001), TIMEOUT, MARGIN));
    }
}
