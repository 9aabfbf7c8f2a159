//! The properties of a message: type name, id, time, trace.

use chrono::{DateTime, Utc};
use common::trace::TraceId;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use uuid::Uuid;

/// AMQP 0-9-1, delivery mode: the message survives a restart of the broker.
const PERSISTENT: u8 = 2;
const CONTENT_TYPE: &str = "application/x-protobuf";
const TRACEPARENT: &str = "traceparent";
const FROM_QUEUE: &str = "x-djigbachats-queue";
const REASON: &str = "x-djigbachats-reason";
/// RabbitMQ's own headers of a dead letter (Dead Letter Exchanges, "Effects on Messages").
const FIRST_DEATH_QUEUE: &str = "x-first-death-queue";
const FIRST_DEATH_REASON: &str = "x-first-death-reason";

/// The properties of a payload to publish.
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

/// The properties of a quarantined message: the original ones with a new id, the original queue and the reason.
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

/// The properties of a dead letter that is published to its original queue: the original ones with a new id.
pub(crate) fn of_replayed(dead_letter: &BasicProperties, message_id: Uuid) -> BasicProperties {
    let mut headers = FieldTable::default();
    if let Some(trace) = trace(dead_letter) {
        set_text(&mut headers, TRACEPARENT, &trace.traceparent());
    }
    identified(dead_letter.clone(), message_id).with_headers(headers)
}

/// The original queue of a dead letter, from our header or RabbitMQ's.
pub(crate) fn dead_letter_origin(properties: &BasicProperties) -> Option<&str> {
    text(properties, FROM_QUEUE).or_else(|| text(properties, FIRST_DEATH_QUEUE))
}

/// The reason of a dead letter, from our header or RabbitMQ's.
pub(crate) fn dead_letter_reason(properties: &BasicProperties) -> Option<&str> {
    text(properties, REASON).or_else(|| text(properties, FIRST_DEATH_REASON))
}

/// The type name that a message gives.
pub(crate) fn name(properties: &BasicProperties) -> &str {
    properties.kind().as_ref().map_or("", ShortString::as_str)
}

/// The id under which a message was published.
pub(crate) fn message_id(properties: &BasicProperties) -> Option<Uuid> {
    let id = properties.message_id().as_ref()?;
    Uuid::parse_str(id.as_str()).ok()
}

/// When a message was published, in whole seconds.
pub(crate) fn published_at(properties: &BasicProperties) -> Option<DateTime<Utc>> {
    let seconds = i64::try_from((*properties.timestamp())?).ok()?;
    DateTime::from_timestamp(seconds, 0)
}

/// The trace of a message.
pub(crate) fn trace(properties: &BasicProperties) -> Option<TraceId> {
    TraceId::from_traceparent(text(properties, TRACEPARENT)?)
}

fn identified(properties: BasicProperties, message_id: Uuid) -> BasicProperties {
    properties
        .with_message_id(message_id.to_string().as_str().into())
        .with_delivery_mode(PERSISTENT)
}

fn text<'a>(properties: &'a BasicProperties, header: &str) -> Option<&'a str> {
    match properties.headers().as_ref()?.inner().get(header)? {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
        _ => None,
    }
}

fn set_text(headers: &mut FieldTable, name: &'static str, text: &str) {
    headers.insert(name.into(), AMQPValue::LongString(text.into()));
}
