//! One message that was set aside, and what can be said of it without opening what is sealed.

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

/// A message that was set aside.
pub struct SetAsideMessage {
    pile: DeadLetterKind,
    delivery: Delivery,
}

/// What a message says, as far as this version can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Messages that may be claimed.
    Send(SendMessages),
    /// An account whose templates are to be read.
    Sync(SyncTemplates),
    /// What Meta said. Who it is about is sealed.
    Events(Envelope),
    /// A webhook of which a part could not be read. All of it is sealed.
    Webhook(QuarantinedWebhook),
    /// This version cannot read it.
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl Content {
    /// The queue that carries such words.
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

impl SetAsideMessage {
    pub(super) const fn new(pile: DeadLetterKind, delivery: Delivery) -> Self {
        Self { pile, delivery }
    }

    /// Where it lies.
    #[must_use]
    pub const fn pile(&self) -> DeadLetterKind {
        self.pile
    }

    /// The id under which it lies there; `None` when somebody else published it without one.
    #[must_use]
    pub fn id(&self) -> Option<Uuid> {
        properties::message_id(self.properties())
    }

    /// The word that it claims to be, such as `djigbachats.v1.SendMessages`; empty when it claims nothing.
    #[must_use]
    pub fn word(&self) -> &str {
        properties::name(self.properties())
    }

    /// The queue that it came from: as it says, or the one that carries such words, because earlier versions did not
    /// always say it.
    #[must_use]
    pub fn origin(&self) -> Option<Queue> {
        match properties::set_aside_from(self.properties()) {
            Some(name) => Queue::from_name(name),
            None => self.content().queue(),
        }
    }

    /// Why it was set aside.
    #[must_use]
    pub fn reason(&self) -> &str {
        properties::set_aside_reason(self.properties()).unwrap_or("it does not say why")
    }

    /// When it was published first; `None` when it does not say.
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

    /// What it says.
    #[must_use]
    pub fn content(&self) -> Content {
        let read = match self.word() {
            SendMessages::NAME => SendMessages::decode(self.bytes()).map(Content::Send),
            SyncTemplates::NAME => SyncTemplates::decode(self.bytes()).map(Content::Sync),
            Envelope::NAME => Envelope::decode(self.bytes()).map(Content::Events),
            QuarantinedWebhook::NAME => {
                QuarantinedWebhook::decode(self.bytes()).map(Content::Webhook)
            }
            _ => {
                let reason = "this version knows no such word".to_owned();
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

impl fmt::Debug for SetAsideMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetAsideMessage")
            .field("pile", &self.pile)
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
