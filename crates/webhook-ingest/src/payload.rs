//! The envelope of a webhook, down to the items, each of which is read on its own: one bad item costs no other.
//!
//! Every field is optional and every word open, because Meta adds to both (Meta, webhooks reference).

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Times of Meta above this are milliseconds: as seconds they would lie beyond the year 5000.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// The body of a webhook.
#[derive(Deserialize)]
pub(crate) struct Payload<'a> {
    #[serde(borrow, default)]
    pub(crate) entry: Vec<Entry<'a>>,
}

/// What happened at one account.
#[derive(Deserialize)]
pub(crate) struct Entry<'a> {
    #[serde(borrow, default)]
    pub(crate) id: Option<&'a RawValue>,
    /// Absent in the field `messages`, whose items have times of their own.
    #[serde(borrow, default)]
    pub(crate) time: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) changes: Vec<Change<'a>>,
}

/// What happened in one field.
#[derive(Deserialize)]
pub(crate) struct Change<'a> {
    #[serde(borrow, default)]
    pub(crate) field: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(crate) value: Option<&'a RawValue>,
}

/// Reads an id that may be text or an integer.
pub(crate) fn id<T: std::str::FromStr>(raw: Option<&RawValue>) -> Option<T> {
    raw?.get().trim_matches('"').parse().ok()
}

/// Reads a time that may be text or a number, in seconds or milliseconds.
pub(crate) fn time(raw: Option<&RawValue>) -> Option<DateTime<Utc>> {
    let number: i64 = raw?.get().trim_matches('"').parse().ok()?;
    if number >= MILLISECONDS_FROM {
        DateTime::from_timestamp_millis(number)
    } else {
        DateTime::from_timestamp(number, 0)
    }
}
