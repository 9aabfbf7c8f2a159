//! The retry policy: pauses that double, with jitter, until an attempt succeeds or the process stops.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// No pause between two attempts is longer.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The pauses between attempts, without end: from 100 ms up to [`LONGEST_PAUSE`], with jitter so that processes that
/// failed together do not retry together. An iterator of pauses is a policy of `backon`:
/// `attempt.retry(retry::pauses())`.
pub fn pauses() -> impl Iterator<Item = Duration> + Send + Sync + Unpin {
    pauses_up_to(LONGEST_PAUSE)
}

/// The same with another longest pause.
pub fn pauses_up_to(longest: Duration) -> impl Iterator<Item = Duration> + Send + Sync + Unpin {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(longest)
        .with_jitter()
        .without_max_times()
        .build()
        // The jitter is added to the longest pause too.
        .map(move |pause| pause.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_do_not_end() {
        let pauses: Vec<_> = pauses_up_to(Duration::from_secs(2)).take(100).collect();
        assert_eq!(pauses.len(), 100);
        assert!((100..=200).contains(&pauses[0].as_millis()), "{pauses:?}");
        assert!(pauses[1] >= FIRST_PAUSE * 2, "{pauses:?}");
        assert!(
            pauses[6..].iter().all(|pause| pause.as_secs() == 2),
            "{pauses:?}"
        );
    }
}
