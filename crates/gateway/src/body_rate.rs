//! Limits the rate at which bodies of a business are read. Above it reading pauses, and TCP slows the client down.

use std::num::NonZeroU32;

use common::ids::BusinessId;
use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::time::{Instant, sleep};

use crate::metrics::Metrics;

/// A rate in bytes per second for each business, with a burst of one second.
#[derive(Debug)]
pub(crate) struct BodyRate {
    /// An entry for each business that sent a body: some hundred bytes each.
    limiter: RateLimiter<BusinessId, HashMapStateStore<BusinessId>, DefaultClock>,
    clock: DefaultClock,
    bytes_per_second: NonZeroU32,
}

impl BodyRate {
    pub(crate) fn new(bytes_per_second: NonZeroU32) -> Self {
        let quota = Quota::per_second(bytes_per_second);
        Self {
            limiter: RateLimiter::hashmap(quota),
            clock: DefaultClock::default(),
            bytes_per_second,
        }
    }

    /// Waits until the business may send this many more bytes.
    pub(crate) async fn wait(&self, business_id: BusinessId, bytes: usize) {
        let began = Instant::now();
        let mut left = u32::try_from(bytes).unwrap_or(u32::MAX);
        while let Some(part) = NonZeroU32::new(left.min(self.bytes_per_second.get())) {
            match self.limiter.check_key_n(&business_id, part) {
                Ok(Err(too_early)) => sleep(too_early.wait_time_from(self.clock.now())).await,
                // The only other error is for chunks larger than the burst, which do not occur.
                Ok(Ok(())) | Err(_) => left -= part.get(),
            }
        }
        Metrics::get()
            .body_throttle_seconds
            .inc_by(began.elapsed().as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_business_beyond_its_rate_waits_and_others_do_not() {
        let rate = BodyRate::new(NonZeroU32::new(100_000).unwrap());
        let [fast, other] = [1, 2].map(|number| BusinessId::from_uuid(Uuid::from_u128(number)));
        let began = Instant::now();
        rate.wait(fast, 100_000).await;
        rate.wait(other, 100_000).await;
        let burst = began.elapsed();
        rate.wait(fast, 130_000).await;
        let waited = began.elapsed() - burst;
        assert!(waited >= Duration::from_millis(1_200), "{waited:?}");
    }
}
