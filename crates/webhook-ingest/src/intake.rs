//! Accepts a webhook: its readable parts go to their queues; if other parts are unreadable, it goes to quarantine too.
//!
//! It is accepted when RabbitMQ has confirmed all of that; until then Meta, or the queue of replayed webhooks, still
//! has it.

use broker::{Publisher, Queue};
use chrono::{DateTime, Utc};
use common::clock::SharedClock;
use common::trace::TraceId;
use common::wire::QuarantinedWebhook;
use sealing::TransitKey;

use crate::batcher::Lane;
use crate::field::Translator;

/// The purpose for which raw webhooks are sealed.
const PURPOSE: &str = "webhook";

/// Accepts webhooks. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Intake {
    translator: Translator,
    transit: TransitKey,
    statuses: Lane,
    inbound: Lane,
    publisher: Publisher,
}

/// The result for an accepted webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// All of it was read.
    Whole,
    /// A part of it was unreadable; the webhook is in quarantine.
    InPart,
}

/// A webhook was not accepted; it may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotTaken;

impl Intake {
    /// Starts its batchers; they end when its last clone is dropped.
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

    /// Accepts a webhook whose signature is valid.
    pub(crate) async fn take(
        &self,
        body: &[u8],
        received_at: DateTime<Utc>,
        trace_id: TraceId,
    ) -> Result<Taken, NotTaken> {
        let translated = match self.translator.translate(body, received_at) {
            Ok(translated) => translated,
            Err(error) => {
                tracing::error!(%error, "a webhook could not be sealed and was not accepted");
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
        // A webhook rarely goes to more than one queue; if it does, all have to confirm it.
        match tokio::join!(statuses, inbound, kept) {
            (Ok(()), Ok(()), kept) => kept,
            _ => Err(NotTaken),
        }
    }

    /// Accepts a webhook that was in quarantine.
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
                let reason = "it cannot be decrypted with the transit keys of this webhook-ingest";
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
            tracing::error!(%error, "a webhook could not be sealed and was not accepted");
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
                    "a signed webhook has unreadable parts; its other parts are applied, and the webhook is kept \
                     in quarantine for a version that can read it"
                );
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, reason, "a webhook could not be quarantined and was not accepted");
                Err(NotTaken)
            }
        }
    }
}
