//! What clients wrote, one consumer at a time and in order, so that an opt-out never waits behind statuses.
//!
//! Between the messages come ticks, which every gateway publishes: a tick that comes back proves that all that was
//! enqueued before it is applied, and moves the stamp that claims look at. What Meta says of the numbers comes this way
//! too.

use std::time::Duration;

use broker::{Delivery, Queue};
use chrono::{DateTime, TimeDelta, Utc};
use common::ids::PhoneNumberId;
use common::wire::{Envelope, EventKind, MessageReceived};
use storage::StorageError;
use storage::batch::project::{InboundMessage, InboundOutcome, apply_inbound, stamp_consent};

use super::Projector;
use super::durably::{self, Lane, Stopping};
use super::limits::{self, Limits};
use super::metrics::{Metrics, add};
use super::preferences::{self, Preferences};

/// Envelopes in hand at a time.
const PREFETCH: u16 = 64;
/// Messages are few and an opt-out is urgent: a batch is what is there.
const GATHER: Duration = Duration::from_millis(2);
/// Ticks older than this say nothing new: a later one is on its way.
const STALE_TICK: TimeDelta = TimeDelta::seconds(60);

struct Inbound;

impl Lane for Inbound {
    type Item = InboundMessage;
    const NAME: &'static str = "inbound";

    async fn apply(projector: &Projector, messages: &[InboundMessage]) -> Result<(), StorageError> {
        let now = projector.context.clock.now();
        apply_inbound(&projector.store, messages, now)
            .await
            .map(count)
    }
}

/// Consumes until shutdown.
pub(super) async fn run(projector: Projector) -> Result<(), StorageError> {
    let consumer = projector.broker.consumer();
    let mut subscription = consumer.subscribe::<Envelope>(Queue::Inbound, PREFETCH);
    let (acknowledger, stop) = (
        subscription.acknowledger(),
        projector.context.shutdown.token(),
    );
    while let Some(deliveries) = subscription
        .next_batch(usize::from(PREFETCH), GATHER, &stop)
        .await
    {
        if apply(&projector, &deliveries).await.is_err() {
            return Ok(());
        }
        acknowledger.ack(deliveries).await;
    }
    Ok(())
}

async fn apply(projector: &Projector, deliveries: &[Delivery<Envelope>]) -> Result<(), Stopping> {
    let (mut messages, mut events) = (Vec::new(), Vec::new());
    let (mut limits, mut of_limits) = (Vec::new(), Vec::new());
    let (mut preferences, mut of_preferences) = (Vec::new(), Vec::new());
    let (mut ticked, mut left_out) = (None, 0);
    for delivery in deliveries {
        for event in &delivery.word.events {
            if let Some(update) = limits::read(event) {
                limits.push(update);
                of_limits.push(event);
                continue;
            }
            if let Some(update) = preferences::read(projector, event) {
                match update {
                    Ok(update) => {
                        preferences.push(update);
                        of_preferences.push(event);
                    }
                    Err(reason) => {
                        durably::set_aside::<Preferences>(projector, event, reason).await?;
                        left_out += 1;
                    }
                }
                continue;
            }
            let message = match (&event.kind, &event.phone_number_id) {
                (EventKind::ConsentTick, _) => {
                    ticked = Some(delivery.word.published_at);
                    continue;
                }
                (EventKind::MessageReceived(message), Some(number)) => {
                    read(projector, number, message)
                }
                _ => Err("it is not a client's message"),
            };
            match message {
                Ok(message) => {
                    messages.push(message);
                    events.push(event);
                }
                Err(reason) => {
                    durably::set_aside::<Inbound>(projector, event, reason).await?;
                    left_out += 1;
                }
            }
        }
    }
    left_out += durably::apply::<Inbound>(projector, &messages, &events).await?;
    left_out += durably::apply::<Preferences>(projector, &preferences, &of_preferences).await?;
    durably::apply::<Limits>(projector, &limits, &of_limits).await?;
    // What was left out may have been an opt-out: this batch proves nothing.
    if let Some(ticked) = ticked.filter(|_| left_out == 0) {
        stamp(projector, ticked).await;
    }
    Ok(())
}

/// Moves the stamp to the time of a tick: all that was enqueued before it is applied. When that fails, the next tick is
/// a moment away.
async fn stamp(projector: &Projector, ticked: DateTime<Utc>) {
    if projector.context.clock.now() - ticked >= STALE_TICK {
        return;
    }
    match stamp_consent(&projector.store, ticked).await {
        Ok(()) => Metrics::get().consent_applied_until.set(ticked.timestamp()),
        Err(error) => {
            tracing::warn!(%error, "the stamp of applied opt-outs could not be moved; the next tick tries again");
        }
    }
}

fn read(
    projector: &Projector,
    number: &PhoneNumberId,
    message: &MessageReceived,
) -> Result<InboundMessage, &'static str> {
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
