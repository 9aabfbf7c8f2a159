//! Meta's updates about the numbers of an account, which come with inbound messages.

use broker::Queue;
use common::wire::{Event, LimitsReported};
use storage::StorageError;
use worker_storage::project::{LimitsOutcome, LimitsUpdate, apply_limits};

use crate::Projector;
use crate::metrics::{Metrics, add};
use crate::updates::Kind;

pub(crate) struct Limits;

impl Kind for Limits {
    type Update = LimitsUpdate;
    const NAME: &'static str = "limits";
    const QUEUE: Queue = Queue::Inbound;

    async fn apply(projector: &Projector, updates: &[LimitsUpdate]) -> Result<(), StorageError> {
        let now = projector.context.clock.now();
        apply_limits(&projector.store, updates, now)
            .await
            .map(count)
    }
}

/// The update of an account's numbers.
///
/// # Errors
/// Why it has to be quarantined.
pub(crate) fn read(event: &Event, limits: &LimitsReported) -> Result<LimitsUpdate, &'static str> {
    let waba_id = event.waba_id.as_ref();
    let waba_id = waba_id.ok_or("it does not name the account that it is about")?;
    tracing::info!(
        waba.id = %waba_id,
        meta.event = limits.event,
        messaging_limit = ?limits.messaging_limit,
        "Meta changed the limits or quality of an account's numbers; they are read again"
    );
    Ok(LimitsUpdate {
        waba_id: waba_id.clone(),
        occurred_at: limits.occurred_at,
        messaging_limit: limits.messaging_limit.clone(),
    })
}

fn count(outcome: LimitsOutcome) {
    let limits = &Metrics::get().limits;
    add(limits, "changed", outcome.changed);
    add(limits, "to_read", outcome.to_read);
    add(limits, "foreign", outcome.foreign);
}
