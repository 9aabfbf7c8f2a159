//! The rounds of a periodic worker, until the process stops.

use std::time::Duration;

use storage::StorageError;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// The minimum time between two rounds, whatever the setting.
const SHORTEST: Duration = Duration::from_millis(10);

/// The schedule of a worker's rounds.
pub(crate) struct WorkerLoop {
    worker: &'static str,
    ticks: Interval,
    stop: CancellationToken,
}

impl WorkerLoop {
    /// A round now, and then one every `milliseconds`; a round that takes longer delays the next ones. `worker` is the
    /// label of its metrics.
    pub(crate) fn every(milliseconds: u64, worker: &'static str, stop: &CancellationToken) -> Self {
        let mut ticks = tokio::time::interval(Duration::from_millis(milliseconds).max(SHORTEST));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            worker,
            ticks,
            stop: stop.clone(),
        }
    }

    /// Waits until the next round is due; `false` when the process stops.
    pub(crate) async fn next(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            _ = self.ticks.tick() => true,
        }
    }

    /// Counts and logs a failure of a round or of one of its steps. The next round tries again.
    pub(crate) fn record_failure(&self, what: &'static str, outcome: Result<(), StorageError>) {
        record_failure(self.worker, what, outcome);
    }
}

/// The same for a worker with a schedule of its own.
pub(crate) fn record_failure(
    worker: &'static str,
    what: &'static str,
    outcome: Result<(), StorageError>,
) {
    let Err(error) = outcome else {
        return;
    };
    Metrics::get()
        .worker_failures
        .with_label_values(&[worker])
        .inc();
    tracing::warn!(%error, worker, "{what}; the next round tries again");
}
