//! Takes a webhook: what can be read goes to its queues, and a webhook that cannot be read as a whole to quarantine too.
//!
//! It is taken when RabbitMQ has confirmed all of that; until then Meta, or the queue of a replay, still has it.

use broker::{Publisher, Queue};
use chrono::{DateTime, Utc};
use common::clock::SharedClock;
use common::trace::TraceId;
use common::wire::QuarantinedWebhook;
use sealing::TransitKey;

use crate::batcher::Lane;
use crate::field::Translator;

/// The purpose that raw webhooks are sealed for.
const PURPOSE: &str = "webhook";

/// Takes webhooks. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Intake {
    translator: Translator,
    transit: TransitKey,
    statuses: Lane,
    inbound: Lane,
    publisher: Publisher,
}

/// How a webhook was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// All of it was read.
    Whole,
    /// A part of it could not be read; the webhook is in quarantine.
    InPart,
}

/// A webhook was not taken; it may come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotTaken;

impl Intake {
    /// Starts its lanes; they end with its last clone.
    pub(crate) fn start(publisher: &Publisher, transit: TransitKey, clock: &SharedClock) -> Self {
        let lane = |queue| Lane::start(publisher.clone(), queue, SharedClock::clone(clock));
        Self {
            translator: Translator::new(transit.clone()),
            transit,
            statuses: lane(Queue::Status),
            inbound: lane(Queue::Inbound),
            publisher: publisher.clone(),
        }
    }

    /// Takes a webhook whose signature holds.
    pub(crate) async fn take(
        &self,
        body: &[u8],
        received_at: DateTime<Utc>,
        trace_id: TraceId,
    ) -> Result<Taken, NotTaken> {
        let translated = match self.translator.translate(body, received_at) {
            Ok(translated) => translated,
            Err(error) => {
                tracing::error!(%error, "a webhook could not be sealed; it is not taken");
                return Err(NotTaken);
            }
        };
        tracing::debug!(
            statuses = translated.statuses.len(),
            inbound = translated.inbound.len(),
            "webhook"
        );
        let unreadable = translated.unreadable;
        let statuses = self.statuses.enqueue(translated.statuses, trace_id);
        let inbound = self.inbound.enqueue(translated.inbound, trace_id);
        let kept = async {
            if unreadable.is_empty() {
                return Ok(Taken::Whole);
            }
            let reason = unreadable.to_string();
            self.quarantine(body, received_at, &reason, trace_id)
                .await?;
            unreadable.count();
            Ok(Taken::InPart)
        };
        // A webhook is rarely in more than one place; when it is, all must have it.
        match tokio::join!(statuses, inbound, kept) {
            (Ok(()), Ok(()), kept) => kept,
            _ => Err(NotTaken),
        }
    }

    /// Takes a webhook that was in quarantine.
    pub(crate) async fn take_again(
        &self,
        webhook: &QuarantinedWebhook,
        trace_id: TraceId,
    ) -> Result<(), NotTaken> {
        match self.transit.open(PURPOSE, &webhook.sealed) {
            Ok(body) => {
                let taken = self.take(&body, webhook.received_at, trace_id).await;
                taken.map(|_| ())
            }
            Err(_) => {
                let reason = "it cannot be opened with the transit keys of this webhook-ingest";
                self.keep(webhook, reason, trace_id).await
            }
        }
    }

    async fn quarantine(
        &self,
        body: &[u8],
        received_at: DateTime<Utc>,
        reason: &str,
        trace_id: TraceId,
    ) -> Result<(), NotTaken> {
        let sealed = self.transit.seal(PURPOSE, body).map_err(|error| {
            tracing::error!(%error, "a webhook could not be sealed; it is not taken");
            NotTaken
        })?;
        let webhook = QuarantinedWebhook {
            received_at,
            sealed,
        };
        self.keep(&webhook, reason, trace_id).await
    }

    async fn keep(
        &self,
        webhook: &QuarantinedWebhook,
        reason: &str,
        trace_id: TraceId,
    ) -> Result<(), NotTaken> {
        let published = self
            .publisher
            .quarantine(Queue::Webhooks, webhook, reason, Some(trace_id));
        match published.await {
            Ok(()) => {
                tracing::error!(
                    reason,
                    "a signed webhook could not be read as a whole; what could be read is applied, and it is kept in \
                     quarantine for a version that can read it"
                );
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, reason, "a webhook could not be quarantined; it is not taken");
                Err(NotTaken)
            }
        }
    }
}
