//! What happened to one message: the attempts to send it and the events of its feed, in order.

use chrono::{DateTime, Utc};
use common::ids::MessageId;
use common::message::PostOutcome;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::corrupt;
use database::StorageError;
use database::schema::{attempts, events};
use database::{BusinessScope, ScopedTransaction};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineItem {
    /// When, by the clock of whoever it happened to.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: TimelineKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum TimelineKind {
    /// An attempt to post it ended.
    Attempt {
        /// From 1.
        number: i16,
        /// How it ended.
        outcome: PostOutcome,
        /// Meta's HTTP status, when Meta answered.
        http_status: Option<i16>,
        /// Meta's error code, when it named one.
        error_code: Option<i32>,
    },
    /// An event of the feed.
    Event {
        /// Its type, such as `message.delivered`.
        name: String,
        /// States, codes and flags; no personal data.
        data: serde_json::Value,
    },
}

type AttemptRow = (i16, i16, Option<i16>, Option<i32>, DateTime<Utc>);

/// Attempts and events of a message, the oldest first.
///
/// # Errors
/// When the database is not available or a row cannot be read.
pub async fn timeline(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    message_id: MessageId,
) -> Result<Vec<TimelineItem>, StorageError> {
    let rows: Vec<AttemptRow> = attempts::table
        .filter(scope.owns(attempts::business_id))
        .filter(attempts::message_id.eq(message_id.as_uuid()))
        .order(attempts::attempt)
        .select((
            attempts::attempt,
            attempts::outcome,
            attempts::http_status,
            attempts::error_code,
            attempts::ended_at,
        ))
        .load(&mut **transaction)
        .await?;
    let attempts = rows.into_iter().map(attempt);
    let mut items = attempts.collect::<Result<Vec<_>, _>>()?;
    let rows: Vec<(String, serde_json::Value, DateTime<Utc>)> = events::table
        .filter(scope.owns(events::business_id))
        .filter(events::message_id.eq(message_id.as_uuid()))
        .order(events::number)
        .select((events::type_, events::data, events::occurred_at))
        .load(&mut **transaction)
        .await?;
    items.extend(rows.into_iter().map(|(name, data, at)| TimelineItem {
        at,
        kind: TimelineKind::Event { name, data },
    }));
    // Stable: of one moment, the attempt comes before what followed from it.
    items.sort_by_key(|item| item.at);
    Ok(items)
}

fn attempt(row: AttemptRow) -> Result<TimelineItem, StorageError> {
    let (number, outcome, http_status, error_code, at) = row;
    let outcome = PostOutcome::from_code(outcome).ok_or(corrupt("attempts.outcome"))?;
    Ok(TimelineItem {
        at,
        kind: TimelineKind::Attempt {
            number,
            outcome,
            http_status,
            error_code,
        },
    })
}
