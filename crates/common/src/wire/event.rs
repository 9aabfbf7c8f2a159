//! What Meta said, verified and parsed by webhook-ingest and applied by the projector.
//!
//! What names a person travels sealed: [`StatusDetail`] and [`InboundContent`] are the plain text of those fields.

use chrono::{DateTime, Utc};
use prost::Message;
use serde::{Deserialize, Serialize};

use super::generated as proto;
use super::generated::event::Kind;
use super::{DecodeError, Wire};
use crate::ids::{PhoneNumberId, WabaId};
use crate::messaging_limit::MessagingLimit;

/// All that one publish carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// When webhook-ingest published it.
    pub published_at: DateTime<Utc>,
    /// In the order in which they arrived.
    pub events: Vec<Event>,
}

/// One thing that happened at a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The account at Meta; `None` for a tick.
    pub waba_id: Option<WabaId>,
    /// The number that it happened at; `None` for a tick and for what concerns a whole account.
    pub phone_number_id: Option<PhoneNumberId>,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A status of a message that was sent from the number.
    StatusReported(StatusReported),
    /// A message that a client sent to the business.
    MessageReceived(MessageReceived),
    /// All that was before it in the queue of inbound messages has been applied.
    ConsentTick,
    /// Meta changed what the numbers of an account may do.
    LimitsReported(LimitsReported),
}

/// A status of a message (Meta, webhooks reference: statuses).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReported {
    /// Meta's word: `sent`, `delivered`, `read`, `played`, `failed`; others may come.
    pub status: String,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// `biz_opaque_callback_data`, only when it has the form of ours.
    pub opaque_id: Option<String>,
    /// Meta's error code of a failure.
    pub error_code: Option<i32>,
    /// Meta's pricing category, such as `utility`.
    pub pricing_category: Option<String>,
    /// Meta's pricing type, such as `regular`.
    pub pricing_type: Option<String>,
    /// Whether Meta charges for the message.
    pub billable: bool,
    /// A [`StatusDetail`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}

/// A message that a client sent (Meta, webhooks reference: messages).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageReceived {
    /// Meta's word: `text`, `button`, `image`, …; others may come.
    pub message_type: String,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// An [`InboundContent`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}

/// What Meta says of the numbers of an account (Meta, webhooks reference: `phone_number_quality_update` and
/// `business_capability_update`). Neither tells the quality itself: the numbers have to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsReported {
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// Meta's word for what happened to a number: `FLAGGED`, `THROUGHPUT_UPGRADE`, `ONBOARDING`; others may come. `None`
    /// for what concerns the whole account.
    pub event: Option<String>,
    /// The new messaging limit of the account's portfolio, when it is told.
    pub messaging_limit: Option<MessagingLimit>,
}

/// What of a status names a person: the plain text of its sealed field.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDetail {
    /// Meta's id of the message.
    pub wamid: String,
    /// The recipient's number, when Meta tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_id: Option<String>,
    /// The recipient's business-scoped user id, when Meta tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_user_id: Option<String>,
    /// Meta's `errors` array, when the message failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<serde_json::Value>,
}

/// What of an inbound message names a person: the plain text of its sealed field.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundContent {
    /// Meta's id of the message.
    pub wamid: String,
    /// The sender's number (digits with the country code), when Meta tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The sender's business-scoped user id (BSUID), when Meta tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_user_id: Option<String>,
    /// The sender's profile name, when Meta tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The text by which an opt-out or another keyword may be given: body, button payload or title, caption.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Meta's message object.
    pub message: serde_json::Value,
}

impl Wire for Envelope {
    const NAME: &'static str = "djigbachats.v1.EventEnvelope";

    fn encode(&self) -> Vec<u8> {
        proto::EventEnvelope {
            published_at_ms: self.published_at.timestamp_millis(),
            events: self.events.iter().map(to_proto).collect(),
        }
        .encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let envelope = proto::EventEnvelope::decode(bytes).map_err(|_| DecodeError::NotProtobuf)?;
        Ok(Self {
            published_at: time(envelope.published_at_ms, "published_at_ms")?,
            events: envelope
                .events
                .into_iter()
                .map(from_proto)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn to_proto(event: &Event) -> proto::Event {
    let kind = match &event.kind {
        EventKind::StatusReported(status) => Kind::StatusReported(proto::StatusReported {
            status: status.status.clone(),
            occurred_at_ms: status.occurred_at.timestamp_millis(),
            opaque_id: status.opaque_id.clone().unwrap_or_default(),
            error_code: status.error_code.unwrap_or_default(),
            pricing_category: status.pricing_category.clone().unwrap_or_default(),
            pricing_type: status.pricing_type.clone().unwrap_or_default(),
            billable: status.billable,
            sealed: status.sealed.clone(),
        }),
        EventKind::MessageReceived(message) => Kind::MessageReceived(proto::MessageReceived {
            r#type: message.message_type.clone(),
            occurred_at_ms: message.occurred_at.timestamp_millis(),
            sealed: message.sealed.clone(),
        }),
        EventKind::ConsentTick => Kind::ConsentTick(proto::ConsentTick {}),
        EventKind::LimitsReported(limits) => Kind::LimitsReported(proto::LimitsReported {
            occurred_at_ms: limits.occurred_at.timestamp_millis(),
            event: limits.event.clone().unwrap_or_default(),
            messaging_limit: limits
                .messaging_limit
                .as_ref()
                .map(MessagingLimit::as_meta)
                .unwrap_or_default(),
        }),
    };
    proto::Event {
        waba_id: event
            .waba_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        phone_number_id: event
            .phone_number_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        kind: Some(kind),
    }
}

fn from_proto(event: proto::Event) -> Result<Event, DecodeError> {
    let kind = match event.kind.ok_or(DecodeError::Field("kind"))? {
        Kind::StatusReported(status) => EventKind::StatusReported(StatusReported {
            status: status.status,
            occurred_at: time(status.occurred_at_ms, "occurred_at_ms")?,
            opaque_id: text(status.opaque_id),
            error_code: (status.error_code != 0).then_some(status.error_code),
            pricing_category: text(status.pricing_category),
            pricing_type: text(status.pricing_type),
            billable: status.billable,
            sealed: status.sealed,
        }),
        Kind::MessageReceived(message) => EventKind::MessageReceived(MessageReceived {
            message_type: message.r#type,
            occurred_at: time(message.occurred_at_ms, "occurred_at_ms")?,
            sealed: message.sealed,
        }),
        Kind::ConsentTick(_) => EventKind::ConsentTick,
        Kind::LimitsReported(limits) => EventKind::LimitsReported(LimitsReported {
            occurred_at: time(limits.occurred_at_ms, "occurred_at_ms")?,
            event: text(limits.event),
            messaging_limit: text(limits.messaging_limit).map(MessagingLimit::from),
        }),
    };
    let (waba_id, phone_number_id) = (
        event.waba_id.parse().ok(),
        event.phone_number_id.parse().ok(),
    );
    match &kind {
        EventKind::ConsentTick => {}
        EventKind::LimitsReported(_) if waba_id.is_none() => {
            return Err(DecodeError::Field("waba_id"));
        }
        EventKind::StatusReported(_) | EventKind::MessageReceived(_)
            if phone_number_id.is_none() =>
        {
            return Err(DecodeError::Field("phone_number_id"));
        }
        _ => {}
    }
    Ok(Event {
        waba_id,
        phone_number_id,
        kind,
    })
}

fn text(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn time(milliseconds: i64, field: &'static str) -> Result<DateTime<Utc>, DecodeError> {
    DateTime::from_timestamp_millis(milliseconds).ok_or(DecodeError::Field(field))
}
