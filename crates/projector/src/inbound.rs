//! Inbound messages, processed by one consumer at a time and in order, so that an opt-out never waits behind statuses.
//!
//! The queue also carries consent markers, which every gateway publishes: a consumed marker proves that all messages
//! before it are applied, and advances the consent watermark that claims check. Meta's updates about numbers and
//! templates are in this queue too.

use std::time::Duration;

use broker::{Delivery, Queue};
use chrono::{DateTime, TimeDelta, Utc};
use common::wire::{Envelope, Event, EventKind, MessageReceived};
use storage::StorageError;
use worker_storage::project::{
    InboundMessage, InboundOutcome, advance_consent_watermark, apply_inbound,
};

use crate::Projector;
use crate::consumer::Batches;
use crate::limits::{self, Limits};
use crate::metrics::{Metrics, add};
use crate::preferences::{self, Preferences};
use crate::retry::Stopping;
use crate::templates::{self, Templates};
use crate::updates::{Kind, Updates};

/// Markers older than this are ignored: a later one is in the queue.
const STALE_MARKER: TimeDelta = TimeDelta::seconds(60);

/// The queue of inbound messages.
pub(crate) struct Inbound;

/// Customers' messages.
struct Messages;

impl Kind for Messages {
    type Update = InboundMessage;
    const NAME: &'static str = "inbound";
    const QUEUE: Queue = Queue::Inbound;

    async fn apply(projector: &Projector, messages: &[InboundMessage]) -> Result<(), StorageError> {
        let now = projector.context.clock.now();
        apply_inbound(&projector.store, messages, now)
            .await
            .map(count)
    }
}

impl Batches for Inbound {
    const QUEUE: Queue = Queue::Inbound;
    /// Messages are few and an opt-out is urgent: a batch takes what is queued, without waiting.
    const GATHER: Duration = Duration::from_millis(2);

    async fn apply(
        projector: &Projector,
        deliveries: &[Delivery<Envelope>],
    ) -> Result<(), Stopping> {
        let mut batch = Batch::default();
        for delivery in deliveries {
            for event in &delivery.payload.events {
                batch
                    .take_in(projector, event, delivery.payload.published_at)
                    .await?;
            }
        }
        let marked_at = batch.marked_at;
        let unapplied = batch.apply(projector).await?;
        // A quarantined update may have been an opt-out, so the marker of this batch proves nothing.
        if let Some(marked_at) = marked_at.filter(|_| unapplied == 0) {
            advance_watermark(projector, marked_at).await;
        }
        Ok(())
    }
}

/// The updates of a batch by kind, with the event of each.
#[derive(Default)]
struct Batch<'e> {
    messages: Updates<'e, Messages>,
    preferences: Updates<'e, Preferences>,
    limits: Updates<'e, Limits>,
    templates: Updates<'e, Templates>,
    /// When the newest consent marker was published.
    marked_at: Option<DateTime<Utc>>,
    /// Quarantined updates that may have been opt-outs.
    unapplied: usize,
}

impl<'e> Batch<'e> {
    async fn take_in(
        &mut self,
        projector: &Projector,
        event: &'e Event,
        published_at: DateTime<Utc>,
    ) -> Result<(), Stopping> {
        match &event.kind {
            EventKind::ConsentMarker => self.marked_at = Some(published_at),
            EventKind::LimitsReported(limits) => {
                let update = limits::read(event, limits);
                self.limits.take(projector, update, event).await?;
            }
            EventKind::ReportedTemplate(template) => {
                let update = templates::read(event, template);
                self.templates.take(projector, update, event).await?;
            }
            EventKind::PreferenceChanged(changed) => {
                let update = preferences::read_changed(projector, event, changed);
                self.unapplied += self.preferences.take(projector, update, event).await?;
            }
            EventKind::InboundUnreadable(unreadable) => {
                let update = preferences::read_unreadable(projector, event, unreadable);
                self.unapplied += self.preferences.take(projector, update, event).await?;
            }
            EventKind::MessageReceived(message) => {
                let update = read(projector, event, message);
                self.unapplied += self.messages.take(projector, update, event).await?;
            }
            EventKind::StatusReported(_) => {
                let misplaced = Err("it is a status, which belongs to another queue");
                self.unapplied += self.messages.take(projector, misplaced, event).await?;
            }
        }
        Ok(())
    }

    /// Applies all of them; returns how many quarantined updates may be opt-outs.
    async fn apply(self, projector: &Projector) -> Result<usize, Stopping> {
        let messages = self.messages.apply(projector).await?;
        let preferences = self.preferences.apply(projector).await?;
        self.limits.apply(projector).await?;
        self.templates.apply(projector).await?;
        Ok(self.unapplied + messages + preferences)
    }
}

/// Advances the consent watermark to the time of a marker: all messages before it are applied. If that fails, the next
/// marker follows soon.
async fn advance_watermark(projector: &Projector, marked_at: DateTime<Utc>) {
    if projector.context.clock.now() - marked_at >= STALE_MARKER {
        return;
    }
    match advance_consent_watermark(&projector.store, marked_at).await {
        Ok(()) => Metrics::get()
            .consent_applied_until
            .set(marked_at.timestamp()),
        Err(error) => {
            tracing::warn!(%error, "the consent watermark could not be advanced; the next consent marker does it");
        }
    }
}

/// Reads a message of a customer.
///
/// # Errors
/// Why it has to be quarantined.
fn read(
    projector: &Projector,
    event: &Event,
    message: &MessageReceived,
) -> Result<InboundMessage, &'static str> {
    let number = event.phone_number_id.as_ref();
    let number = number.ok_or("it does not name the number that it came to")?;
    let opened = projector.transit.open("inbound", &message.sealed).ok();
    let content = opened.and_then(|plain| serde_json::from_slice(&plain).ok());
    Ok(InboundMessage {
        phone_number_id: number.clone(),
        message_type: message.message_type.clone(),
        occurred_at: message.occurred_at,
        content: content
            .ok_or("its sealed part cannot be opened with this gateway's transit key")?,
    })
}

fn count(outcome: InboundOutcome) {
    let inbound = &Metrics::get().inbound;
    add(inbound, "stored", outcome.stored);
    add(inbound, "repeated", outcome.repeated);
    add(inbound, "foreign", outcome.foreign);
    add(inbound, "opted_out", outcome.opted_out);
}
