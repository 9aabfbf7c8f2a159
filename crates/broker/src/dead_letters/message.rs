//! One dead letter, and what can be read of it without opening sealed content.

use std::fmt;

use chrono::{DateTime, Utc};
use common::wire::{
    Envelope, Event, EventKind, QuarantinedWebhook, SendMessages, SyncTemplates, Wire,
};
use lapin::BasicProperties;
use lapin::message::Delivery;
use uuid::Uuid;

use super::DeadLetterKind;
use crate::properties;
use crate::topology::Queue;

/// A message that no consumer handles any more.
pub struct DeadLetter {
    kind: DeadLetterKind,
    delivery: Delivery,
}

/// The decoded content, as far as this version can decode it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Messages that can be claimed.
    Send(SendMessages),
    /// A job to synchronise the templates of an account.
    Sync(SyncTemplates),
    /// Updates from Meta; recipients are sealed.
    Events(Envelope),
    /// A webhook with a part that could not be parsed. All of it is sealed.
    Webhook(QuarantinedWebhook),
    /// This version cannot decode it.
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl Content {
    /// The queue of such messages.
    fn queue(&self) -> Option<Queue> {
        match self {
            Self::Send(job) => Some(Queue::of_lane(job.lane)),
            Self::Sync(_) => Some(Queue::SyncTemplates),
            Self::Webhook(_) => Some(Queue::Webhooks),
            Self::Events(envelope) => {
                let of_status = |event: &Event| matches!(event.kind, EventKind::StatusReported(_));
                Some(if envelope.events.iter().all(of_status) {
                    Queue::Status
                } else {
                    Queue::Inbound
                })
            }
            Self::Unreadable { .. } => None,
        }
    }
}

impl DeadLetter {
    pub(super) const fn new(kind: DeadLetterKind, delivery: Delivery) -> Self {
        Self { kind, delivery }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> DeadLetterKind {
        self.kind
    }

    /// Its message id; `None` when it was published by another program without one.
    #[must_use]
    pub fn id(&self) -> Option<Uuid> {
        properties::message_id(self.properties())
    }

    /// Its type as published, such as `djigbachats.v1.SendMessages`; empty when it has none.
    #[must_use]
    pub fn type_name(&self) -> &str {
        properties::name(self.properties())
    }

    /// Its original queue: as its headers name it, else the queue of such messages.
    #[must_use]
    pub fn origin(&self) -> Option<Queue> {
        match properties::dead_letter_origin(self.properties()) {
            Some(name) => Queue::from_name(name),
            None => self.content().queue(),
        }
    }

    /// Why it is here.
    #[must_use]
    pub fn reason(&self) -> &str {
        properties::dead_letter_reason(self.properties()).unwrap_or("no reason given")
    }

    /// When it was first published; `None` when that was not recorded.
    #[must_use]
    pub fn published_at(&self) -> Option<DateTime<Utc>> {
        let seconds = i64::try_from((*self.properties().timestamp())?).ok()?;
        DateTime::from_timestamp(seconds, 0)
    }

    /// Its bytes as they were published.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.delivery.data
    }

    /// Its content.
    #[must_use]
    pub fn content(&self) -> Content {
        let read = match self.type_name() {
            SendMessages::NAME => SendMessages::decode(self.bytes()).map(Content::Send),
            SyncTemplates::NAME => SyncTemplates::decode(self.bytes()).map(Content::Sync),
            Envelope::NAME => Envelope::decode(self.bytes()).map(Content::Events),
            QuarantinedWebhook::NAME => {
                QuarantinedWebhook::decode(self.bytes()).map(Content::Webhook)
            }
            _ => {
                let reason = "the type is unknown to this version".to_owned();
                return Content::Unreadable { reason };
            }
        };
        read.unwrap_or_else(|error| Content::Unreadable {
            reason: error.to_string(),
        })
    }

    pub(super) const fn properties(&self) -> &BasicProperties {
        &self.delivery.properties
    }

    pub(super) const fn tag(&self) -> u64 {
        self.delivery.delivery_tag
    }
}

impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("kind", &self.kind)
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
