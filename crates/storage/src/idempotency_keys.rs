//! The first answer to each creating call, kept so that the same call again gets the same bytes.
//!
//! The key itself is kept as a hash: callers put order numbers and the like into it. The row belongs into the transaction
//! of what the call creates; group-committed messages write theirs in [`crate::batch::accept`].

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::StorageError;
use crate::schema::idempotency_keys;
use crate::scope::{BusinessScope, ScopedTransaction};

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

/// The answer that was given under a key; `None` when the key is new.
///
/// # Errors
/// When the database is not available.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    key_hash: &[u8; 32],
) -> Result<Option<StoredAnswer>, StorageError> {
    let answer = idempotency_keys::table
        .filter(scope.owns(idempotency_keys::business_id))
        .filter(idempotency_keys::key_hash.eq(key_hash.as_slice()))
        .select(StoredAnswer::as_select())
        .first(&mut **transaction)
        .await
        .optional()?;
    Ok(answer)
}

/// Keeps an answer. `false` when another call was quicker: its answer stays, and what this transaction did should not.
///
/// # Errors
/// When the database is not available.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    key_hash: &[u8; 32],
    answer: &StoredAnswer,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let inserted = diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::business_id.eq(scope.business_id().as_uuid()),
            idempotency_keys::key_hash.eq(key_hash.as_slice()),
            idempotency_keys::fingerprint.eq(&answer.fingerprint),
            idempotency_keys::response_status.eq(answer.status),
            idempotency_keys::response_body.eq(&answer.body),
            idempotency_keys::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(&mut **transaction)
        .await?;
    Ok(inserted == 1)
}
