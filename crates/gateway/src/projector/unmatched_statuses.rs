//! The sweep over parked statuses: those whose message is known by now are applied, the old ones dropped.

use std::time::Duration;

use chrono::TimeDelta;
use storage::StorageError;
use storage::batch::project::{drop_old_parked, match_parked};
use tokio::time::MissedTickBehavior;

use super::Projector;
use super::metrics::{Metrics, add};

const INTERVAL: Duration = Duration::from_secs(5);
/// Meta repeats a webhook for up to 7 days.
const LIFETIME: TimeDelta = TimeDelta::days(8);

/// Sweeps until shutdown.
pub(super) async fn run(projector: Projector) -> Result<(), StorageError> {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = interval.tick() => {}
            () = projector.context.shutdown.triggered() => return Ok(()),
        }
        let now = projector.context.clock.now();
        // Each by itself: what cannot be matched must not keep the old ones from going.
        match match_parked(&projector.store, now).await {
            Ok(matched) => add(&Metrics::get().statuses, "unparked", matched),
            Err(error) => {
                tracing::warn!(%error, "parked statuses could not be matched; the next sweep tries again");
            }
        }
        if let Err(error) = drop_old_parked(&projector.store, now - LIFETIME).await {
            tracing::warn!(%error, "old parked statuses could not be dropped; the next sweep tries again");
        }
    }
}
