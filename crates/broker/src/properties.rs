//! What stands beside the bytes of a message: name of the word, id, time, trace.

use chrono::{DateTime, Utc};
use common::trace::TraceId;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use uuid::Uuid;

/// AMQP 0-9-1: survives a restart of the broker.
const PERSISTENT: u8 = 2;
const CONTENT_TYPE: &str = "application/x-protobuf";
const TRACEPARENT: &str = "traceparent";
const FROM_QUEUE: &str = "x-djigbachats-queue";
const REASON: &str = "x-djigbachats-reason";

/// The properties of a word to publish.
pub(crate) fn of_word(
    name: &str,
    message_id: Uuid,
    at: DateTime<Utc>,
    trace: Option<TraceId>,
) -> BasicProperties {
    let mut headers = FieldTable::default();
    if let Some(trace) = trace {
        set_text(&mut headers, TRACEPARENT, &trace.traceparent());
    }
    identified(BasicProperties::default(), message_id)
        .with_type(name.into())
        .with_content_type(CONTENT_TYPE.into())
        .with_timestamp(u64::try_from(at.timestamp()).unwrap_or_default())
        .with_headers(headers)
}

/// The properties of a message that is set aside: its own, a new id, and why.
pub(crate) fn of_quarantined(
    original: BasicProperties,
    message_id: Uuid,
    from_queue: &str,
    reason: &str,
) -> BasicProperties {
    let mut headers = original.headers().clone().unwrap_or_default();
    set_text(&mut headers, FROM_QUEUE, from_queue);
    set_text(&mut headers, REASON, reason);
    identified(original, message_id).with_headers(headers)
}

/// The name of the word that a message claims to be.
pub(crate) fn name(properties: &BasicProperties) -> &str {
    properties.kind().as_ref().map_or("", ShortString::as_str)
}

/// The id under which a message was published.
pub(crate) fn message_id(properties: &BasicProperties) -> Option<Uuid> {
    let id = properties.message_id().as_ref()?;
    Uuid::parse_str(id.as_str()).ok()
}

/// The trace that a message belongs to.
pub(crate) fn trace(properties: &BasicProperties) -> Option<TraceId> {
    let header = properties.headers().as_ref()?.inner().get(TRACEPARENT)?;
    match header {
        AMQPValue::LongString(text) => {
            TraceId::from_traceparent(std::str::from_utf8(text.as_bytes()).ok()?)
        }
        _ => None,
    }
}

fn identified(properties: BasicProperties, message_id: Uuid) -> BasicProperties {
    properties
        .with_message_id(message_id.to_string().as_str().into())
        .with_delivery_mode(PERSISTENT)
}

fn set_text(headers: &mut FieldTable, name: &'static str, text: &str) {
    headers.insert(name.into(), AMQPValue::LongString(text.into()));
}
