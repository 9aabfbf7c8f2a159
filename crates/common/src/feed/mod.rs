//! The events of the feed, about a business's messages, campaigns, numbers, contacts and templates.
//!
//! A [`FeedEvent`] serialises to the `data` of `GET /v1/events`; the type's name and the ids of its subjects are fields
//! beside the data. Data hold states, codes, flags and ids, never personal data: readers get personal data from the
//! message or the contact. The API's schema and `docs/events.md` are generated from [`EventType`]: its meaning, fields
//! and example.

mod campaign;
mod catalogue;
mod contact;
mod event_type;
mod examples;
mod field;
mod inbound;
mod message;
mod number;
mod publication;
mod template;
mod template_draft;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use campaign::CampaignEvent;
pub use contact::{ContactEvent, KeywordMessage, OptIn, OptOut};
pub use event_type::EventType;
pub use field::{Field, FieldValue, Presence, Subjects};
pub use inbound::InboundReceived;
pub use message::{
    CancelReason, DeliveryStatus, FileRejection, Hold, MessageEvent, Rejection, Unresolved,
    UnresolvedReason,
};
pub use number::{NumberEvent, NumberLimits};
pub use publication::{AcceptedTemplate, PublicationEvent, PublicationOutcome};
pub use template::{
    NamedTemplate, TemplateCategoryChanged, TemplateCategoryDetected, TemplateEvent,
    TemplateQualityChanged, TemplateReport, TemplateStatusChanged,
};
pub use template_draft::{SavedDraft, TemplateDraftEvent};

use crate::ids::{CampaignId, InboundId, MessageId, PhoneNumberId};

/// An event with its subjects. It serialises to its data alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FeedEvent {
    /// Of a message of the business.
    Message {
        /// The message.
        #[serde(skip)]
        message_id: MessageId,
        /// The campaign that it belongs to.
        #[serde(skip)]
        campaign_id: Option<CampaignId>,
        /// The event.
        #[serde(flatten)]
        event: MessageEvent,
    },
    /// A client sent a message.
    Inbound(InboundReceived),
    /// Of a contact.
    Contact(ContactEvent),
    /// Of a campaign.
    Campaign {
        /// The campaign.
        #[serde(skip)]
        campaign_id: CampaignId,
        /// The event.
        #[serde(flatten)]
        event: CampaignEvent,
    },
    /// Of a number.
    Number {
        /// The number.
        phone_number_id: PhoneNumberId,
        /// The event.
        #[serde(flatten)]
        event: NumberEvent,
    },
    /// Of a template.
    Template(TemplateEvent),
    /// Of what was asked of Meta for a template.
    Publication(PublicationEvent),
    /// Of a draft of a template.
    TemplateDraft(TemplateDraftEvent),
}

/// The subjects of an event, beside its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct About {
    /// The message.
    pub message_id: Option<MessageId>,
    /// The campaign.
    pub campaign_id: Option<CampaignId>,
    /// The inbound message.
    pub inbound_id: Option<InboundId>,
}

impl FeedEvent {
    /// The type that reports it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Message { event, .. } => event.event_type(),
            Self::Inbound(_) => EventType::InboundReceived,
            Self::Contact(event) => event.event_type(),
            Self::Campaign { event, .. } => event.event_type(),
            Self::Number { event, .. } => event.event_type(),
            Self::Template(event) => event.event_type(),
            Self::Publication(event) => event.event_type(),
            Self::TemplateDraft(event) => event.event_type(),
        }
    }

    /// Its subjects.
    #[must_use]
    pub fn about(&self) -> About {
        match self {
            Self::Message {
                message_id,
                campaign_id,
                ..
            } => About {
                message_id: Some(*message_id),
                campaign_id: *campaign_id,
                inbound_id: None,
            },
            Self::Inbound(received) => About {
                inbound_id: Some(received.inbound_id),
                ..About::default()
            },
            Self::Contact(event) => About {
                message_id: event.message_id(),
                inbound_id: event.inbound_id(),
                campaign_id: None,
            },
            Self::Campaign { campaign_id, .. } => About {
                campaign_id: Some(*campaign_id),
                ..About::default()
            },
            Self::Number { .. }
            | Self::Template(_)
            | Self::Publication(_)
            | Self::TemplateDraft(_) => About::default(),
        }
    }
}
