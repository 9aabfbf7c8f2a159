//! Updates of Meta that were applied before: the same one again changes nothing.

use chrono::{DateTime, Utc};
use common::ids::PhoneNumberId;
use sealing::{BusinessKeys, HashDomain};

use database::BatchTransaction;
use database::StorageError;

const SEEN: &str =
    "insert into processed_updates (phone_number_id, update_hash, seen_at) values ($1, $2, $3)
    on conflict do nothing";

/// Whether an update of a number comes for the first time; from now on it is known.
pub(super) async fn is_new(
    transaction: &BatchTransaction<'_>,
    keys: &BusinessKeys,
    number: &PhoneNumberId,
    update: &[u8],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let hash = keys.lookup_hash(HashDomain::Wamid, update);
    let (number, hash): (&str, &[u8]) = (number.as_str(), &hash.bytes);
    let statement = transaction.prepare_cached(SEEN).await?;
    Ok(transaction
        .execute(&statement, &[&number, &hash, &now])
        .await?
        == 1)
}
