//! Events to and from protobuf.

use prost::Message;

use super::generated as proto;
use super::generated::event::Kind;
use super::{
    DecodeError, Envelope, Event, EventKind, InboundUnreadable, LimitsReported, MessageReceived,
    PreferenceChanged, ReportedTemplate, StatusReported, Wire, text, time,
};
use crate::messaging_limit::MessagingLimit;

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

impl Event {
    /// How many bytes it adds to an envelope.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        const FIELD_TAG: usize = 1;
        let length = to_proto(self).encoded_len();
        FIELD_TAG + prost::length_delimiter_len(length) + length
    }
}

fn to_proto(event: &Event) -> proto::Event {
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
        kind: Some(kind_to_proto(&event.kind)),
    }
}

fn kind_to_proto(kind: &EventKind) -> Kind {
    match kind {
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
        EventKind::ConsentMarker => Kind::ConsentMarker(proto::ConsentMarker {}),
        EventKind::LimitsReported(limits) => Kind::LimitsReported(proto::LimitsReported {
            occurred_at_ms: limits.occurred_at.timestamp_millis(),
            event: limits.event.clone().unwrap_or_default(),
            messaging_limit: limits
                .messaging_limit
                .as_ref()
                .map(MessagingLimit::as_meta)
                .unwrap_or_default(),
        }),
        EventKind::PreferenceChanged(preference) => {
            Kind::PreferenceChanged(proto::PreferenceChanged {
                occurred_at_ms: preference.occurred_at.timestamp_millis(),
                category: preference.category.clone(),
                value: preference.value.clone(),
                sealed: preference.sealed.clone(),
            })
        }
        EventKind::ReportedTemplate(template) => Kind::ReportedTemplate(template.to_proto()),
        EventKind::InboundUnreadable(message) => {
            Kind::InboundUnreadable(proto::InboundUnreadable {
                received_at_ms: message.received_at.timestamp_millis(),
                sealed: message.sealed.clone(),
            })
        }
    }
}

fn kind_from_proto(kind: Kind) -> Result<EventKind, DecodeError> {
    Ok(match kind {
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
        Kind::ConsentMarker(_) => EventKind::ConsentMarker,
        Kind::LimitsReported(limits) => EventKind::LimitsReported(LimitsReported {
            occurred_at: time(limits.occurred_at_ms, "occurred_at_ms")?,
            event: text(limits.event),
            messaging_limit: text(limits.messaging_limit).map(MessagingLimit::from),
        }),
        Kind::PreferenceChanged(preference) => EventKind::PreferenceChanged(PreferenceChanged {
            occurred_at: time(preference.occurred_at_ms, "occurred_at_ms")?,
            category: preference.category,
            value: preference.value,
            sealed: preference.sealed,
        }),
        Kind::ReportedTemplate(template) => {
            EventKind::ReportedTemplate(ReportedTemplate::from_proto(template)?)
        }
        Kind::InboundUnreadable(message) => EventKind::InboundUnreadable(InboundUnreadable {
            received_at: time(message.received_at_ms, "received_at_ms")?,
            sealed: message.sealed,
        }),
    })
}

fn from_proto(event: proto::Event) -> Result<Event, DecodeError> {
    let kind = kind_from_proto(event.kind.ok_or(DecodeError::Field("kind"))?)?;
    let (waba_id, phone_number_id) = (
        event.waba_id.parse().ok(),
        event.phone_number_id.parse().ok(),
    );
    match &kind {
        EventKind::ConsentMarker => {}
        EventKind::LimitsReported(_) | EventKind::ReportedTemplate(_) if waba_id.is_none() => {
            return Err(DecodeError::Field("waba_id"));
        }
        EventKind::StatusReported(_)
        | EventKind::MessageReceived(_)
        | EventKind::PreferenceChanged(_)
        | EventKind::InboundUnreadable(_)
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
