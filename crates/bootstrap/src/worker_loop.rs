//! The rounds of a periodic worker, until the process stops.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// The minimum time between two rounds, whatever the setting.
const SHORTEST: Duration = Duration::from_millis(10);

/// The loop of a periodic worker: `while rounds.next(pause).await { … }`.
#[derive(Debug)]
pub struct WorkerLoop {
    stop: CancellationToken,
    has_begun: bool,
}

impl WorkerLoop {
    /// A loop that ends when `stop` is cancelled.
    #[must_use]
    pub fn new(stop: &CancellationToken) -> Self {
        Self {
            stop: stop.clone(),
            has_begun: false,
        }
    }

    /// Waits until the next round is due: the first one now, and each further one `pause` after the end of the one
    /// before it, which may depend on its outcome. `false` when the process stops. Cancel safe.
    pub async fn next(&mut self, pause: Duration) -> bool {
        let pause = if self.has_begun {
            pause.max(SHORTEST)
        } else {
            Duration::ZERO
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = tokio::time::sleep(pause) => {
                self.has_begun = true;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn the_first_round_is_now_and_the_next_after_the_pause() {
        let mut rounds = WorkerLoop::new(&CancellationToken::new());
        let begun = Instant::now();
        assert!(rounds.next(Duration::from_secs(60)).await);
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert!(rounds.next(Duration::from_secs(60)).await);
        assert!(begun.elapsed() >= Duration::from_secs(60));
        let again = Instant::now();
        assert!(rounds.next(Duration::ZERO).await);
        assert!(
            again.elapsed() >= SHORTEST,
            "a setting of 0 is no busy loop"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_with_the_process() {
        let stop = CancellationToken::new();
        let mut rounds = WorkerLoop::new(&stop);
        assert!(rounds.next(Duration::ZERO).await);
        let (begun, canceller) = (Instant::now(), stop.clone());
        let next = rounds.next(Duration::from_secs(3_600));
        let (goes_on, ()) = tokio::join!(next, async { canceller.cancel() });
        assert!(!goes_on);
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert!(!rounds.next(Duration::ZERO).await);
    }
}
