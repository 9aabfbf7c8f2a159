//! Statuses: their opaque ids are verified here, and they are applied in batches.

use std::time::Duration;

use broker::{Delivery, Queue};
use cloud_api::{ErrorClass, class_of_code};
use common::ids::{BusinessId, MessageId, PhoneNumberId};
use common::message::{MessageState, OpaqueId};
use common::wire::{Envelope, Event, EventKind, StatusReported};
use storage::StorageError;
use worker_storage::project::{StatusOutcome, StatusUpdate, apply_statuses};

use crate::Projector;
use crate::consumer::Batches;
use crate::metrics::{Metrics, add};
use crate::retry::Stopping;
use crate::updates::{Kind, Updates};

/// Statuses, and the queue with nothing else.
pub(crate) struct Statuses;

impl Kind for Statuses {
    type Update = StatusUpdate;
    const NAME: &'static str = "status";
    const QUEUE: Queue = Queue::Status;

    async fn apply(projector: &Projector, updates: &[StatusUpdate]) -> Result<(), StorageError> {
        let now = projector.context.clock.now();
        apply_statuses(&projector.store, updates, now)
            .await
            .map(count)
    }
}

impl Batches for Statuses {
    const QUEUE: Queue = Queue::Status;
    const GATHER: Duration = Duration::from_millis(30);

    async fn apply(
        projector: &Projector,
        deliveries: &[Delivery<Envelope>],
    ) -> Result<(), Stopping> {
        let mut updates = Updates::<Self>::default();
        for event in deliveries
            .iter()
            .flat_map(|delivery| &delivery.payload.events)
        {
            if let Some(update) = read(projector, event).transpose() {
                updates.take(projector, update, event).await?;
            }
        }
        updates.apply(projector).await?;
        observe_age(projector, deliveries);
        Ok(())
    }
}

/// The status in an event; `None` when it has no effect here and is only counted.
///
/// # Errors
/// Why it has to be quarantined.
fn read(projector: &Projector, event: &Event) -> Result<Option<StatusUpdate>, &'static str> {
    let (EventKind::StatusReported(status), Some(number)) = (&event.kind, &event.phone_number_id)
    else {
        return Err("it is not a status");
    };
    let Some(word) = state_of(&status.status) else {
        add(&Metrics::get().statuses, "unknown_word", 1);
        return Ok(None);
    };
    let message = match &status.opaque_id {
        None => None,
        Some(text) => match verified(projector, text) {
            Some(id) => Some((id.business_id, id.message_id)),
            None => {
                add(&Metrics::get().statuses, "foreign", 1);
                tracing::warn!(phone_number.id = %number, "a status has a forged opaque id; it was not applied");
                return Ok(None);
            }
        },
    };
    open(projector, number, status, word, message).map(Some)
}

/// Opens the sealed part: gateway and webhook-ingest need the same transit keys.
fn open(
    projector: &Projector,
    number: &PhoneNumberId,
    status: &StatusReported,
    word: MessageState,
    message: Option<(BusinessId, MessageId)>,
) -> Result<StatusUpdate, &'static str> {
    let opened = projector.transit.open("status", &status.sealed).ok();
    let Some(detail) = opened.and_then(|plain| serde_json::from_slice(&plain).ok()) else {
        return Err("its sealed part cannot be opened with this gateway's transit key");
    };
    Ok(StatusUpdate {
        phone_number_id: number.clone(),
        message,
        status: word,
        occurred_at: status.occurred_at,
        error_code: status.error_code,
        slows_the_number: status
            .error_code
            .and_then(class_of_code)
            .is_some_and(ErrorClass::slows_the_number),
        pricing_category: status.pricing_category.clone(),
        pricing_type: status.pricing_type.clone(),
        billable: status.billable,
        detail,
    })
}

fn state_of(word: &str) -> Option<MessageState> {
    match word {
        "sent" => Some(MessageState::Sent),
        "delivered" => Some(MessageState::Delivered),
        "read" => Some(MessageState::Read),
        "played" => Some(MessageState::Played),
        "failed" => Some(MessageState::Failed),
        _ => None,
    }
}

fn verified(projector: &Projector, text: &str) -> Option<OpaqueId> {
    let id = OpaqueId::parse(text).ok()?;
    let signed = OpaqueId::signed_part(id.business_id, id.message_id, id.attempt);
    projector
        .signer
        .verify(&signed, &id.signature)
        .then_some(id)
}

fn count(outcome: StatusOutcome) {
    let statuses = &Metrics::get().statuses;
    add(statuses, "changed", outcome.changed);
    add(statuses, "foreign", outcome.foreign);
    add(statuses, "unmatched", outcome.unmatched);
    add(statuses, "doubt_resolved", outcome.doubts_resolved);
    add(statuses, "slowed_number", outcome.slowed_numbers);
}

fn observe_age(projector: &Projector, deliveries: &[Delivery<Envelope>]) {
    let now = projector.context.clock.now();
    for delivery in deliveries {
        let age = (now - delivery.payload.published_at)
            .to_std()
            .unwrap_or_default();
        Metrics::get().age.observe(age.as_secs_f64());
    }
}
