//! The sweep over unmatched statuses: those whose message is stored by now are applied, expired ones are deleted.

use std::time::Duration;

use storage::StorageError;
use tokio::time::MissedTickBehavior;
use worker_storage::project::{delete_expired_unmatched, match_unmatched};

use crate::Projector;
use crate::metrics::{Metrics, add};

const INTERVAL: Duration = Duration::from_secs(5);

/// Sweeps until shutdown.
pub(crate) async fn run(projector: Projector) -> Result<(), StorageError> {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            () = projector.context.shutdown.triggered() => return Ok(()),
        }
        let now = projector.context.clock.now();
        // Separately: a failure to match must not prevent deletion of expired ones.
        match match_unmatched(&projector.store, now).await {
            Ok(matched) => add(&Metrics::get().statuses, "matched", matched),
            Err(error) => {
                tracing::warn!(%error, "unmatched statuses could not be matched; the next sweep tries again");
            }
        }
        if let Err(error) = delete_expired_unmatched(&projector.store, now).await {
            tracing::warn!(%error, "expired unmatched statuses could not be deleted; the next sweep tries again");
        }
    }
}
