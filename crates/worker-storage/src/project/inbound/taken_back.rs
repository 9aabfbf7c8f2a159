//! Messages that their writer took back: our copy goes too, whichever of the two comes first.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use database::BatchTransaction;
use database::StorageError;

// Only the writer takes back.
const ERASE: &str = "
    update inbound_messages set content_sealed = null, revoked_at = $4
    where business_id = $1 and wamid_hash = $2 and sender_hash = any($3) and revoked_at is null";
const PRECEDES: &str = "
    select exists (select from inbound_messages
        where business_id = $1 and revokes_hash = $2 and sender_hash = any($3))";

/// Erases the content of the message that a person took back.
pub(super) async fn erase(
    transaction: &BatchTransaction<'_>,
    business: Uuid,
    wamid_hash: &[u8],
    person: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let statement = transaction.prepare_cached(ERASE).await?;
    transaction
        .execute(&statement, &[&business, &wamid_hash, &person, &now])
        .await?;
    Ok(())
}

/// Whether the person took a message back before it came.
pub(super) async fn precedes(
    transaction: &BatchTransaction<'_>,
    business: Uuid,
    wamid_hash: &[u8],
    person: &[Vec<u8>],
) -> Result<bool, StorageError> {
    let statement = transaction.prepare_cached(PRECEDES).await?;
    let row = transaction
        .query_one(&statement, &[&business, &wamid_hash, &person])
        .await?;
    Ok(row.try_get(0)?)
}
