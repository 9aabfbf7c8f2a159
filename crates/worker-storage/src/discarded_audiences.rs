//! Deletes audiences that are of no use any more: another took their place, or their import failed or was killed.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use database::StorageError;
use database::{BatchRole, Store};

/// An import that has not ended after so long was killed: the slowest takes minutes.
const ABANDONED_AFTER: TimeDelta = TimeDelta::hours(1);
/// Audiences of one round.
const AUDIENCES: i64 = 100;
/// Rows of one delete: short transactions, so that nobody waits behind them.
const CHUNK: i64 = 5_000;

const DISCARD_ABANDONED: &str = "
    update audiences set discarded_at = $1 where adopted_at is null and discarded_at is null and created_at < $2";
// The condition of the index, in its words.
const DISCARDED: &str = "
    select business_id, audience_id from audiences
    where (adopted_at is null or discarded_at is not null) and discarded_at is not null
    order by created_at limit $1";
const DELETE_ROWS: &str = "
    delete from campaign_recipients r using (select row_number from campaign_recipients
        where business_id = $1 and audience_id = $2 and row_number > $3 order by row_number limit $4) old
    where r.business_id = $1 and r.audience_id = $2 and r.row_number = old.row_number
    returning r.row_number";
const DELETE: &str = "
    delete from audiences where business_id = $1 and audience_id = $2 and discarded_at is not null";

/// Deletes discarded audiences with their rows; returns how many rows.
///
/// # Errors
/// When the database is not available; what was deleted stays deleted.
pub async fn purge(store: &Store, now: DateTime<Utc>) -> Result<u64, StorageError> {
    let mut connection = store.batch(BatchRole::Janitor).await?;
    let transaction = connection.begin().await?;
    let abandoned_before = now - ABANDONED_AFTER;
    transaction
        .execute(DISCARD_ABANDONED, &[&now, &abandoned_before])
        .await?;
    let rows = transaction.query(DISCARDED, &[&AUDIENCES]).await?;
    transaction.commit().await?;
    drop(connection);
    let mut purged = 0;
    for row in rows {
        purged += delete(store, row.try_get(0)?, row.try_get(1)?).await?;
    }
    Ok(purged)
}

async fn delete(store: &Store, business_id: Uuid, audience_id: Uuid) -> Result<u64, StorageError> {
    let (mut purged, mut after_row) = (0, 0);
    loop {
        let mut connection = store.batch(BatchRole::Janitor).await?;
        let transaction = connection.begin().await?;
        let deleted = transaction
            .query(
                DELETE_ROWS,
                &[&business_id, &audience_id, &after_row, &CHUNK],
            )
            .await?;
        for row in &deleted {
            after_row = after_row.max(row.try_get::<_, i32>(0)?);
        }
        purged += u64::try_from(deleted.len()).unwrap_or_default();
        let is_last = i64::try_from(deleted.len()).unwrap_or(CHUNK) < CHUNK;
        if is_last {
            transaction
                .execute(DELETE, &[&business_id, &audience_id])
                .await?;
        }
        transaction.commit().await?;
        if is_last {
            return Ok(purged);
        }
    }
}
