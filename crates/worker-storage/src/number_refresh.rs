//! Numbers that are read from Meta again: because a webhook said that something changed, or because that was long ago and
//! a webhook may be missing.

use crate::conditions::NUMBER_CONNECTED;
use chrono::{DateTime, Utc};
use common::feed::{FeedEvent, NumberEvent, NumberLimits};
use common::messaging_limit::MessagingLimit;
use const_format::formatcp;
use tokio_postgres::Row;

use super::events;
use super::number_credentials::NumberCredentials;
use database::StorageError;
use database::{BatchRole, Store};
use storage::events::FeedEntry;

const DUE: &str = formatcp!("
    select n.business_id, n.phone_number_id, n.waba_id, a.token_sealed, a.fingerprint, n.refresh_requested_at
    from phone_numbers n join access_tokens a on a.business_id = n.business_id and a.waba_id = n.waba_id
    where {NUMBER_CONNECTED}
        and (n.refresh_requested_at is not null or coalesce(n.refreshed_at, n.connected_at) < $1)
    order by n.refresh_requested_at nulls last limit $2");
// What a webhook told after the number was asked about is newer than the answer.
const LOCK: &str = "
    select quality_rating, throughput_level, messaging_limit from phone_numbers
    where business_id = $1 and phone_number_id = $2 and refresh_requested_at is not distinct from $3
    for no key update";
const WRITE: &str = "
    update phone_numbers set quality_rating = $3, throughput_level = $4, messaging_limit = $5, refreshed_at = $6,
        refresh_requested_at = null
    where business_id = $1 and phone_number_id = $2";

/// A number that is to be read.
pub struct NumberToRead {
    /// The number.
    pub number: NumberCredentials,
    /// When a webhook asked for that; `None` when only time did.
    pub asked_at: Option<DateTime<Utc>>,
}

/// Meta's words on a number; what it did not say is as before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// `STANDARD`, `HIGH`, `COEXISTENCE`.
    pub throughput_level: Option<String>,
    /// How many people its portfolio may write to.
    pub messaging_limit: Option<MessagingLimit>,
}

/// What a reading came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadOutcome {
    /// Something is new.
    Changed,
    /// Nothing is.
    Same,
    /// A webhook told more meanwhile: the number is read once more.
    Overtaken,
}

/// The numbers that are to be read, at most `limit`: those that were asked for, and those not read since `read_before`.
///
/// # Errors
/// When the database is not available.
pub async fn due(
    store: &Store,
    read_before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<NumberToRead>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(DUE).await?;
    let rows = transaction
        .query(&statement, &[&read_before, &limit])
        .await?;
    let to_read = |row: &Row| {
        Ok(NumberToRead {
            number: NumberCredentials::read(row)?,
            asked_at: row.try_get(5)?,
        })
    };
    rows.iter().map(to_read).collect()
}

/// Stores what Meta said of a number; the feed tells of a change.
///
/// # Errors
/// When the database is not available.
pub async fn write(
    store: &Store,
    now: DateTime<Utc>,
    to_read: &NumberToRead,
    reading: &Reading,
) -> Result<ReadOutcome, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let number = &to_read.number;
    let (business_id, id) = (
        number.business_id.as_uuid(),
        number.phone_number_id.as_str(),
    );
    let statement = transaction.prepare_cached(LOCK).await?;
    let row = transaction
        .query_opt(&statement, &[&business_id, &id, &to_read.asked_at])
        .await?;
    let Some(row) = row else {
        return Ok(ReadOutcome::Overtaken);
    };
    let before: [String; 3] = [row.try_get(0)?, row.try_get(1)?, row.try_get(2)?];
    let limit = reading.messaging_limit.as_ref();
    let words = [
        reading.quality_rating.clone(),
        reading.throughput_level.clone(),
        limit.map(MessagingLimit::as_meta),
    ];
    let mut after = before.clone();
    for (value, read) in after.iter_mut().zip(words) {
        *value = read.unwrap_or_else(|| value.clone());
    }
    let [quality, throughput, limit] = &after;
    let statement = transaction.prepare_cached(WRITE).await?;
    transaction
        .execute(
            &statement,
            &[&business_id, &id, quality, throughput, limit, &now],
        )
        .await?;
    let is_changed = before != after;
    if is_changed {
        let entry = changed(number, after, now);
        events::append(&transaction, now, &[entry]).await?;
    }
    transaction.commit().await?;
    Ok(if is_changed {
        ReadOutcome::Changed
    } else {
        ReadOutcome::Same
    })
}

fn changed(number: &NumberCredentials, limits: [String; 3], now: DateTime<Utc>) -> FeedEntry {
    let [quality_rating, throughput_level, messaging_limit] = limits;
    FeedEntry {
        business_id: number.business_id,
        event: FeedEvent::Number {
            phone_number_id: number.phone_number_id.clone(),
            event: NumberEvent::LimitsChanged(NumberLimits {
                quality_rating,
                throughput_level,
                messaging_limit,
            }),
        },
        occurred_at: now,
    }
}
