//! What came of an upload, and the messages that waited for it.

use std::time::Duration;

use chrono::TimeDelta;
use common::ids::{BusinessId, MessageId};
use common::message::{HeldReason, MessageState};
use common::retention::Category;

use super::MediaKey;
use crate::claim::MessageKey;
use crate::release::{CHUNK, WhenLocked, release};
use crate::transitions::MessageKeys;
use common::media::MediaAtMeta;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

/// Meta deletes what was uploaded after 30 days (Meta, media reference); what is used shortly before should still be there
/// when Meta sends it.
const KEPT_AT_META: TimeDelta = Category::FileUploads.default_period();
/// For how long a refusal stands for the messages that follow.
const REFUSED_FOR: TimeDelta = TimeDelta::hours(1);

const RECORD: &str = "
    insert into media_uploads (business_id, media_id, phone_number_id, meta_media_id, error_code, expires_at)
    values ($1, $2, $3, $4, $5, clock_timestamp() + $6::bigint * interval '1 second')
    on conflict (business_id, media_id, phone_number_id) do update
        set meta_media_id = excluded.meta_media_id, error_code = excluded.error_code, expires_at = excluded.expires_at";
const LOCK: &str = "
    select from due_media_uploads where business_id = $1 and media_id = $2 and phone_number_id = $3 for update";
const WAITING: &str = "
    select business_id, id from messages
    where business_id = $1 and media_id = $2 and phone_number_id = $3 and state = $4 and held_reason = $5
    order by id limit $6";
const FORGET: &str = "
    delete from due_media_uploads where business_id = $1 and media_id = $2 and phone_number_id = $3";
const POSTPONE: &str = "
    update due_media_uploads set due_at = clock_timestamp() + $4::bigint * interval '1 millisecond'
    where business_id = $1 and media_id = $2 and phone_number_id = $3";

/// Records what came of an upload; claims judge by it from now on. Recording it twice is harmless.
///
/// # Errors
/// When the database is not available: then it is uploaded again when the lease ends.
pub async fn record(
    store: &Store,
    key: &MediaKey,
    outcome: &MediaAtMeta,
) -> Result<(), StorageError> {
    let (id, code, holds_for) = match outcome {
        MediaAtMeta::Uploaded(id) => (Some(id.as_str()), None, KEPT_AT_META),
        MediaAtMeta::Refused(code) => (None, *code, REFUSED_FOR),
        MediaAtMeta::NotUploaded => return Ok(()),
    };
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(RECORD).await?;
    transaction
        .execute(
            &statement,
            &[
                &key.business_id.as_uuid(),
                &key.media_id.as_uuid(),
                &key.phone_number_id.as_str(),
                &id,
                &code,
                &holds_for.num_seconds(),
            ],
        )
        .await?;
    transaction.commit().await
}

/// Frees some of the messages that waited for an upload whose outcome is recorded; they are the caller's to publish, and
/// the reaper publishes a lost job again after `republish_after`. With the last of them the upload is forgotten; whether
/// it was.
///
/// # Errors
/// When the database is not available: then they are freed when the lease ends.
pub async fn finish(
    store: &Store,
    key: &MediaKey,
    republish_after: Duration,
) -> Result<(Vec<MessageKeys>, bool), StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    lock(&transaction, key).await?;
    let waiting = waiting(&transaction, key, CHUNK).await?;
    let reason = HeldReason::MediaNotUploaded;
    let freed = release(
        &transaction,
        &waiting,
        reason,
        WhenLocked::Skip,
        republish_after,
    )
    .await?;
    let is_last = freed.len() == waiting.len() && i64::try_from(waiting.len()) != Ok(CHUNK);
    if is_last {
        forget(&transaction, key).await?;
    } else if freed.is_empty() {
        // Others work on all of them: a moment later it is clear what they did.
        let soon = Duration::from_secs(1);
        put_off(&transaction, key, soon).await?;
    }
    transaction.commit().await?;
    let is_done = is_last || freed.is_empty();
    Ok((freed, is_done))
}

/// Puts an upload off, or forgets it when no message waits for it any more.
///
/// # Errors
/// When the database is not available: then it is tried again when the lease ends.
pub async fn postpone(store: &Store, key: &MediaKey, delay: Duration) -> Result<(), StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    lock(&transaction, key).await?;
    if waiting(&transaction, key, 1).await?.is_empty() {
        forget(&transaction, key).await?;
    } else {
        put_off(&transaction, key, delay).await?;
    }
    transaction.commit().await
}

/// Waits for the claims that are holding a message for it; those that come later note it anew once it is gone.
async fn lock(transaction: &BatchTransaction<'_>, key: &MediaKey) -> Result<(), StorageError> {
    let statement = transaction.prepare_cached(LOCK).await?;
    let (business, media) = (key.business_id.as_uuid(), key.media_id.as_uuid());
    let number = key.phone_number_id.as_str();
    transaction
        .query(&statement, &[&business, &media, &number])
        .await?;
    Ok(())
}

async fn waiting(
    transaction: &BatchTransaction<'_>,
    key: &MediaKey,
    limit: i64,
) -> Result<Vec<MessageKey>, StorageError> {
    let statement = transaction.prepare_cached(WAITING).await?;
    let rows = transaction
        .query(
            &statement,
            &[
                &key.business_id.as_uuid(),
                &key.media_id.as_uuid(),
                &key.phone_number_id.as_str(),
                &MessageState::Held.code(),
                &HeldReason::MediaNotUploaded.code(),
                &limit,
            ],
        )
        .await?;
    let key = |row: &tokio_postgres::Row| {
        Ok((
            BusinessId::from_uuid(row.try_get(0)?),
            MessageId::from_uuid(row.try_get(1)?),
        ))
    };
    rows.iter().map(key).collect()
}

async fn forget(transaction: &BatchTransaction<'_>, key: &MediaKey) -> Result<(), StorageError> {
    let statement = transaction.prepare_cached(FORGET).await?;
    let (business, media) = (key.business_id.as_uuid(), key.media_id.as_uuid());
    let number = key.phone_number_id.as_str();
    transaction
        .execute(&statement, &[&business, &media, &number])
        .await?;
    Ok(())
}

async fn put_off(
    transaction: &BatchTransaction<'_>,
    key: &MediaKey,
    delay: Duration,
) -> Result<(), StorageError> {
    let statement = transaction.prepare_cached(POSTPONE).await?;
    let (business, media) = (key.business_id.as_uuid(), key.media_id.as_uuid());
    let number = key.phone_number_id.as_str();
    let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    transaction
        .execute(&statement, &[&business, &media, &number, &delay])
        .await?;
    Ok(())
}
