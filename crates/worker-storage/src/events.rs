//! Appending to the event feed inside a worker's transaction.
//!
//! Numbers are per business, without gaps, and taken from a row that is locked until the transaction ends, so that a
//! reader past 2 has seen 1. The counters are locked in the order of their businesses and after every other row: call
//! [`append`] once, as the last writing step of the transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::feed::About;
use common::ids::{BusinessId, EventId};
use tokio_postgres::types::Json;
use uuid::Uuid;

use database::BatchTransaction;
use database::StorageError;
use storage::events::FeedEntry;

const LOCK: &str = "select business_id from event_counters where business_id = any($1) order by business_id for update";
const COUNT: &str = "update event_counters c set last_number = c.last_number + n.events
    from unnest($1::uuid[], $2::bigint[]) as n (business_id, events)
    where c.business_id = n.business_id
    returning c.business_id, c.last_number - n.events";
const INSERT: &str = "insert into events
        (business_id, id, number, type, message_id, campaign_id, inbound_id, data, occurred_at)
    select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[],
        $8::jsonb[], $9::timestamptz[])";

/// Numbers the events of each business in the order given and stores them. `now` dates their ids, and with them the
/// partition that they stand in; `occurred_at` may be older.
///
/// # Errors
/// When the database is not available, or a business has no counter.
pub async fn append(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    entries: &[FeedEntry],
) -> Result<(), StorageError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut next_numbers = reserve(transaction, entries).await?;
    let mut numbers = Vec::with_capacity(entries.len());
    for entry in entries {
        let next = next_numbers
            .get_mut(&entry.business_id)
            .ok_or(StorageError::Corrupt {
                column: "event_counters.last_number",
            })?;
        *next += 1;
        numbers.push(*next);
    }
    insert(transaction, now, entries, &numbers).await
}

/// Raises the counters by what is needed; the last number of each business before that.
async fn reserve(
    transaction: &BatchTransaction<'_>,
    entries: &[FeedEntry],
) -> Result<BTreeMap<BusinessId, i64>, StorageError> {
    let mut counts: BTreeMap<Uuid, i64> = BTreeMap::new();
    for entry in entries {
        *counts.entry(entry.business_id.as_uuid()).or_default() += 1;
    }
    let (businesses, counts): (Vec<Uuid>, Vec<i64>) = counts.into_iter().unzip();
    let lock = transaction.prepare_cached(LOCK).await?;
    transaction.query(&lock, &[&businesses]).await?;
    let count = transaction.prepare_cached(COUNT).await?;
    let rows = transaction.query(&count, &[&businesses, &counts]).await?;
    rows.iter()
        .map(|row| Ok((BusinessId::from_uuid(row.try_get(0)?), row.try_get(1)?)))
        .collect()
}

async fn insert(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    entries: &[FeedEntry],
    numbers: &[i64],
) -> Result<(), StorageError> {
    fn column<'a, T>(entries: &'a [FeedEntry], value: impl Fn(&'a FeedEntry) -> T) -> Vec<T> {
        entries.iter().map(value).collect()
    }
    let about: Vec<About> = column(entries, |entry| entry.event.about());
    let ids_of = |id: fn(&About) -> Option<Uuid>| about.iter().map(id).collect::<Vec<_>>();
    let businesses = column(entries, |entry| entry.business_id.as_uuid());
    let ids = column(entries, |_| EventId::new(now).as_uuid());
    let types = column(entries, |entry| entry.event.event_type().as_str());
    let messages = ids_of(|about| about.message_id.map(|id| id.as_uuid()));
    let campaigns = ids_of(|about| about.campaign_id.map(|id| id.as_uuid()));
    let inbound = ids_of(|about| about.inbound_id.map(|id| id.as_uuid()));
    let data = column(entries, |entry| Json(&entry.event));
    let times = column(entries, |entry| entry.occurred_at);
    let statement = transaction.prepare_cached(INSERT).await?;
    transaction
        .execute(
            &statement,
            &[
                &businesses,
                &ids,
                &numbers,
                &types,
                &messages,
                &campaigns,
                &inbound,
                &data,
                &times,
            ],
        )
        .await?;
    Ok(())
}
