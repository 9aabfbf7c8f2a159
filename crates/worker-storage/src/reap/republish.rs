//! Accepted messages whose job was lost: the gateway died before it published, or the broker lost its disk.
//!
//! They are found by walking the ids, because an index on the state would make every update dearer. Below the watermark
//! nothing stands that was never claimed. A message that is to be published later has a row in `due_messages` and is not
//! lost. One-time codes go first: they live for minutes.

use crate::conditions::CLAIMABLE;
use chrono::{DateTime, TimeDelta, Utc};
use common::ids::{BusinessId, MessageId, first_uuid_at};
use common::message::Lane;
use const_format::formatcp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::Reaped;
use crate::claim::MessageKey;
use crate::transitions::{Keys, MessageKeys};
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

const WATERMARK: &str = "accepted_published_until";
const READ_WATERMARK: &str = "select up_to_id from watermarks where name = $1";
const FIRST_PARTITION: &str = "select min(first_day) from partitions() where parent = 'messages'";
// One range of the primary key for each business, here and below.
const OLDEST: &str = formatcp!("
    select m.id from event_counters b cross join lateral (
        select m.id from messages m
        where m.business_id = b.business_id and m.id >= $1 and m.id < $2 and {CLAIMABLE}
            and not exists (select from due_messages d where d.business_id = m.business_id and d.message_id = m.id)
        order by m.id limit 1) m
    order by m.id limit 1");
const FIND: &str = formatcp!("
    select m.business_id, m.id from event_counters b cross join lateral (
        select m.business_id, m.id from messages m
        where m.business_id = b.business_id and m.id >= $1 and m.id < $2 and {CLAIMABLE}
            and (m.published_at is null or m.published_at < $4) and m.lane = any($5)
            and not exists (select from due_messages d where d.business_id = m.business_id and d.message_id = m.id)
        order by m.id limit $3) m
    order by m.id limit $3");
/// Older one-time codes are over, and found with all others.
const CODES_LIVE: TimeDelta = TimeDelta::minutes(10);
const NOTE_REPUBLISHED: &str = formatcp!("
    update messages m set published_at = $1
    from (
        select m.business_id, m.id
        from messages m join (select * from unnest($2::uuid[], $3::uuid[]) limit cardinality($2)) as w (business_id, id)
            on m.business_id = w.business_id and m.id = w.id
        where {CLAIMABLE} and m.id between $4 and $5
        order by m.business_id, m.id for update of m skip locked) l
    where m.business_id = l.business_id and m.id = l.id and m.id between $4 and $5
    returning m.business_id, m.id, m.phone_number_id, m.campaign_id, m.lane");
const WRITE_WATERMARK: &str = "
    insert into watermarks (name, up_to_id) values ($1, $2)
    on conflict (name) do update set up_to_id = excluded.up_to_id";

/// Which messages count as lost, and how many are taken in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SweepLimits {
    /// Accepted before this.
    pub accepted_before: DateTime<Utc>,
    /// Not published again since this.
    pub published_before: DateTime<Utc>,
    /// At most so many one-time codes, and as many of all.
    pub limit: i64,
}

/// Stamps accepted messages that nobody claimed in time as published, which is the caller's to do, and raises the
/// watermark to the oldest of them.
///
/// # Errors
/// When the database is not available: nothing was changed.
pub async fn sweep_lost(
    store: &Store,
    now: DateTime<Utc>,
    limits: SweepLimits,
) -> Result<Reaped, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let Some(from) = read_watermark(&transaction).await? else {
        return Ok(Reaped::default());
    };
    let until = first_uuid_at(limits.accepted_before);
    if until <= from {
        return Ok(Reaped::default());
    }
    let codes_from = from.max(first_uuid_at(limits.accepted_before - CODES_LIVE));
    let codes = [Lane::Otp.code()];
    let all = Lane::ALL.map(Lane::code);
    let mut found = find(&transaction, codes_from, until, limits, &codes).await?;
    found.extend(find(&transaction, from, until, limits, &all).await?);
    let statement = transaction.prepare_cached(OLDEST).await?;
    let oldest = transaction.query_opt(&statement, &[&from, &until]).await?;
    let oldest = oldest.map(|row| row.try_get::<_, Uuid>(0)).transpose()?;
    let statement = transaction.prepare_cached(WRITE_WATERMARK).await?;
    transaction
        .execute(&statement, &[&WATERMARK, &oldest.unwrap_or(until)])
        .await?;
    let reaped = note_republished(&transaction, now, &found).await?;
    transaction.commit().await?;
    Ok(reaped)
}

/// The oldest lost messages of the lanes.
async fn find(
    transaction: &BatchTransaction<'_>,
    from: Uuid,
    until: Uuid,
    limits: SweepLimits,
    lanes: &[i16],
) -> Result<Vec<MessageKey>, StorageError> {
    let statement = transaction.prepare_cached(FIND).await?;
    let before = limits.published_before;
    let rows = transaction
        .query(&statement, &[&from, &until, &limits.limit, &before, &lanes])
        .await?;
    rows.iter().map(key).collect()
}

/// Where the last sweep stood; at first, the beginning of the first partition, and `None` when there is none.
async fn read_watermark(transaction: &BatchTransaction<'_>) -> Result<Option<Uuid>, StorageError> {
    let row = transaction.query_opt(READ_WATERMARK, &[&WATERMARK]).await?;
    if let Some(id) = row
        .map(|row| row.try_get::<_, Option<Uuid>>(0))
        .transpose()?
        .flatten()
    {
        return Ok(Some(id));
    }
    let first: Option<DateTime<Utc>> = transaction
        .query_one(FIRST_PARTITION, &[])
        .await?
        .try_get(0)?;
    Ok(first.map(first_uuid_at))
}

/// A message that cannot be read is noted like the others and so keeps none back.
async fn note_republished(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    found: &[MessageKey],
) -> Result<Reaped, StorageError> {
    let mut reaped = Reaped::default();
    let Some(keys) = Keys::of(found.iter().copied()) else {
        return Ok(reaped);
    };
    let statement = transaction.prepare_cached(NOTE_REPUBLISHED).await?;
    let rows = transaction
        .query(
            &statement,
            &[
                &now,
                &keys.businesses,
                &keys.messages,
                &keys.first,
                &keys.last,
            ],
        )
        .await?;
    for row in &rows {
        match MessageKeys::read(row) {
            Ok(subject) => reaped.messages.push(subject),
            Err(error) => reaped.failed.push((key(row)?, error)),
        }
    }
    Ok(reaped)
}

fn key(row: &Row) -> Result<MessageKey, StorageError> {
    Ok((
        BusinessId::from_uuid(row.try_get(0)?),
        MessageId::from_uuid(row.try_get(1)?),
    ))
}
