//! The first answer to each creating call, kept so that the same call again gets the same bytes.
//!
//! The key itself is kept as a hash: callers put order numbers and the like into it. The row belongs into the transaction
//! of what the call creates; group-committed messages write theirs in `worker_storage::accept`.
//!
//! Answers repeat what was asked for, such as the name of a file, so those to a business are sealed with its keys. The
//! platform's own calls have no keys to seal with, and need none: their answers repeat a row of `businesses`.

use chrono::{DateTime, Utc};
use common::ids::BusinessId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::BusinessKeys;

use database::StorageError;
use database::schema::idempotency_keys;
use database::seal_contexts;
use database::{BusinessScope, ScopedTransaction};

/// An answer as it was given, and what it was given to.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = idempotency_keys, check_for_backend(diesel::pg::Pg))]
pub struct StoredAnswer {
    /// A hash over method, path and body of the call, under the pepper of the business: bodies name people.
    pub fingerprint: Vec<u8>,
    /// The HTTP status.
    #[diesel(column_name = response_status)]
    pub status: i16,
    /// The body, byte for byte.
    #[diesel(column_name = response_body)]
    pub body: Vec<u8>,
}

impl StoredAnswer {
    /// What is written of its body under this key.
    pub fn sealed_body(
        &self,
        keys: &BusinessKeys,
        key_hash: &[u8; 32],
    ) -> Result<Vec<u8>, StorageError> {
        let business_id = BusinessId::from_uuid(keys.business_id());
        Ok(keys.seal(
            &seal_contexts::stored_answer(business_id, key_hash),
            &self.body,
        )?)
    }

    /// The answer that was read, with its body opened.
    pub fn opened(
        mut self,
        keys: &BusinessKeys,
        key_hash: &[u8; 32],
    ) -> Result<Self, StorageError> {
        let business_id = BusinessId::from_uuid(keys.business_id());
        let body = keys.open(
            &seal_contexts::stored_answer(business_id, key_hash),
            &self.body,
        )?;
        self.body = body.to_vec();
        Ok(self)
    }
}

/// The answer that was given under a key; `None` when the key is new. `keys` are those of the business, and absent for the
/// platform's own calls.
///
/// # Errors
/// When the database is not available, or the answer cannot be opened.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: Option<&BusinessKeys>,
    key_hash: &[u8; 32],
) -> Result<Option<StoredAnswer>, StorageError> {
    let answer: Option<StoredAnswer> = idempotency_keys::table
        .filter(scope.owns(idempotency_keys::business_id))
        .filter(idempotency_keys::key_hash.eq(key_hash.as_slice()))
        .select(StoredAnswer::as_select())
        .first(&mut **transaction)
        .await
        .optional()?;
    match (answer, keys) {
        (Some(answer), Some(keys)) => answer.opened(keys, key_hash).map(Some),
        (answer, _) => Ok(answer),
    }
}

/// Keeps an answer. `false` when another call was quicker: its answer stays, and what this transaction did should not.
/// `keys` are those of the business, and absent for the platform's own calls.
///
/// # Errors
/// When the database is not available, or the answer cannot be sealed.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: Option<&BusinessKeys>,
    (key_hash, answer): (&[u8; 32], &StoredAnswer),
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let body = match keys {
        Some(keys) => answer.sealed_body(keys, key_hash)?,
        None => answer.body.clone(),
    };
    let inserted = diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::business_id.eq(scope.business_id().as_uuid()),
            idempotency_keys::key_hash.eq(key_hash.as_slice()),
            idempotency_keys::fingerprint.eq(&answer.fingerprint),
            idempotency_keys::response_status.eq(answer.status),
            idempotency_keys::response_body.eq(body),
            idempotency_keys::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(&mut **transaction)
        .await?;
    Ok(inserted == 1)
}
