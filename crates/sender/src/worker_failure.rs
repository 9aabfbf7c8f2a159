//! Failures of the periodic workers.

use storage::StorageError;

use crate::metrics::Metrics;

/// Counts and logs a failure of a round or of one of its steps. The next round tries again. `worker` is the label of
/// its metrics.
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
