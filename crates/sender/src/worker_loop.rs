//! The passes of a worker, one after another, until the process stops.

use std::time::Duration;

use storage::StorageError;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// The shortest time between two passes, whatever a setting says.
const SHORTEST: Duration = Duration::from_millis(10);

/// When a worker makes its passes.
pub(crate) struct WorkerLoop {
    worker: &'static str,
    ticks: Interval,
    stop: CancellationToken,
}

impl WorkerLoop {
    /// A pass now, and then one every so many milliseconds; one that takes longer puts the others off. `worker` is the
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

    /// Waits until it is time for the next pass; `false` when the process stops.
    pub(crate) async fn next(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            _ = self.ticks.tick() => true,
        }
    }

    /// Counts and tells what failed: a pass, or one of its steps. The next pass tries it again.
    pub(crate) fn record_failure(&self, what: &'static str, outcome: Result<(), StorageError>) {
        record_failure(self.worker, what, outcome);
    }
}

/// The same for a worker with a rhythm of its own.
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
    tracing::warn!(%error, worker, "{what}; the next pass tries again");
}
