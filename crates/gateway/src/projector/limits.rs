//! What Meta says of the numbers of an account, between the messages of clients.

use broker::Queue;
use common::wire::{Event, EventKind};
use storage::StorageError;
use worker_storage::project::{LimitsOutcome, LimitsUpdate, apply_limits};

use super::Projector;
use super::metrics::{Metrics, add};
use super::retrying_consumer::Lane;

pub(super) struct Limits;

impl Lane for Limits {
    type Item = LimitsUpdate;
    const NAME: &'static str = "limits";
    const QUEUE: Queue = Queue::Inbound;

    async fn apply(projector: &Projector, updates: &[LimitsUpdate]) -> Result<(), StorageError> {
        let now = projector.context.clock.now();
        apply_limits(&projector.store, updates, now)
            .await
            .map(count)
    }
}

/// What an event says of an account's numbers; `None` when it says something else.
pub(super) fn read(event: &Event) -> Option<LimitsUpdate> {
    let (EventKind::LimitsReported(limits), Some(waba_id)) = (&event.kind, &event.waba_id) else {
        return None;
    };
    tracing::info!(
        waba.id = %waba_id,
        meta.event = limits.event,
        messaging_limit = ?limits.messaging_limit,
        "Meta changed what the numbers of an account may do; they are read again"
    );
    Some(LimitsUpdate {
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
