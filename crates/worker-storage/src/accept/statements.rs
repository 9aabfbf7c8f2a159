//! The statements of a group: arrays of columns, whatever the group's size.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::pending::{Key, PendingAccept, PendingMessage};
use database::BatchTransaction;
use database::StorageError;
use storage::idempotency_keys::StoredAnswer;

/// A message of a call.
type Asked<'a> = (&'a PendingAccept, &'a PendingMessage);

// Keys come first, sorted as they are given; of calls whose key was taken nothing else is written.
const STORE: &str = "
    with fresh as (
        insert into idempotency_keys
            (business_id, key_hash, fingerprint, response_status, response_body, created_at)
        select *, $6 from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::smallint[], $5::bytea[])
        on conflict do nothing
        returning business_id, key_hash),
    stored as (
        insert into messages (business_id, id, phone_number_id, template_id, category, lane, hash_version,
            recipient_hash, recipient_sealed, content_sealed, reference_hash, reference_sealed, expires_at, media_id,
            more_media_ids)
        select business_id, id, phone_number_id, template_id, category, lane, hash_version,
            recipient_hash, recipient_sealed, content_sealed, reference_hash, reference_sealed, expires_at, media_id,
            more_media_ids::uuid[]
        from unnest($7::uuid[], $8::bytea[], $9::uuid[], $10::text[], $11::text[], $12::smallint[], $13::smallint[],
            $14::smallint[], $15::bytea[], $16::bytea[], $17::bytea[], $18::bytea[], $19::bytea[], $20::timestamptz[],
            $21::uuid[], $27::text[])
            as asked (business_id, key_hash, id, phone_number_id, template_id, category, lane, hash_version,
                recipient_hash, recipient_sealed, content_sealed, reference_hash, reference_sealed, expires_at, media_id,
                more_media_ids)
        where (business_id, key_hash) in (select business_id, key_hash from fresh)
        returning 1),
    secrets as (
        insert into otp_secrets (business_id, message_id, content_sealed, expires_at)
        select business_id, message_id, content_sealed, expires_at
        from unnest($22::uuid[], $23::bytea[], $24::uuid[], $25::bytea[], $26::timestamptz[])
            as asked (business_id, key_hash, message_id, content_sealed, expires_at)
        where (business_id, key_hash) in (select business_id, key_hash from fresh)),
    counted as (
        update accepted_counts set accepted = accepted + (select count(*) from stored)
        where slot = accepted_slot())
    select business_id, key_hash from fresh";

const KNOWN_ANSWERS: &str = "
    select business_id, key_hash, fingerprint, response_status, response_body
    from (select * from unnest($1::uuid[], $2::bytea[]) limit cardinality($1)) as asked (business_id, key_hash)
    join idempotency_keys using (business_id, key_hash)";

/// Stores calls whose keys are free with their messages and one-time codes, and counts them; the keys are sorted and
/// distinct. Gives back those that were free.
pub(super) async fn store(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    calls: &[&PendingAccept],
) -> Result<HashSet<Key>, StorageError> {
    let statement = transaction.prepare_cached(STORE).await?;
    let messages: Vec<Asked<'_>> = calls
        .iter()
        .flat_map(|call| call.messages().iter().map(|message| (*call, message)))
        .collect();
    let secrets: Vec<_> = messages
        .iter()
        .filter_map(|asked| Some((asked, asked.1.otp_secret.as_ref()?)))
        .collect();
    let rows = transaction
        .query(
            &statement,
            &[
                &column(calls, |call| call.business_id),
                &column(calls, |call| call.key_hash.as_slice()),
                &column(calls, |call| call.answer.fingerprint.as_slice()),
                &column(calls, |call| call.answer.status),
                &column(calls, |call| call.body_sealed.as_slice()),
                &now,
                &column(&messages, |(call, _)| call.business_id),
                &column(&messages, |(call, _)| call.key_hash.as_slice()),
                &column(&messages, |(_, message)| message.id),
                &column(&messages, |(_, message)| message.phone_number_id.as_str()),
                &column(&messages, |(_, message)| message.template_id.as_deref()),
                &column(&messages, |(_, message)| message.category),
                &column(&messages, |(_, message)| message.lane.code()),
                &column(&messages, |(_, message)| message.recipient_hash.version),
                &column(&messages, |(_, message)| {
                    message.recipient_hash.bytes.as_slice()
                }),
                &column(&messages, |(_, message)| {
                    message.recipient_sealed.as_slice()
                }),
                &column(&messages, |(_, message)| message.content_sealed.as_deref()),
                &column(&messages, |(_, message)| {
                    message
                        .reference_hash
                        .as_ref()
                        .map(|hash| hash.bytes.as_slice())
                }),
                &column(&messages, |(_, message)| {
                    message.reference_sealed.as_deref()
                }),
                &column(&messages, |(_, message)| message.expires_at),
                &column(&messages, |(_, message)| message.files.media_id),
                &column(&secrets, |((call, _), _)| call.business_id),
                &column(&secrets, |((call, _), _)| call.key_hash.as_slice()),
                &column(&secrets, |((_, message), _)| message.id),
                &column(&secrets, |(_, (content, _))| content.as_slice()),
                &column(&secrets, |(_, (_, expires_at))| *expires_at),
                &column(&messages, |(_, message)| {
                    message.files.more_media_ids.as_deref()
                }),
            ],
        )
        .await?;
    rows.iter().map(key).collect()
}

/// The first answers under keys that were taken.
pub(super) async fn known_answers(
    transaction: &BatchTransaction<'_>,
    calls: &[&PendingAccept],
) -> Result<HashMap<Key, StoredAnswer>, StorageError> {
    if calls.is_empty() {
        return Ok(HashMap::new());
    }
    let statement = transaction.prepare_cached(KNOWN_ANSWERS).await?;
    let businesses = column(calls, |call| call.business_id);
    let hashes = column(calls, |call| call.key_hash.as_slice());
    let rows = transaction
        .query(&statement, &[&businesses, &hashes])
        .await?;
    let of_key: HashMap<Key, &PendingAccept> =
        calls.iter().map(|call| (call.key(), *call)).collect();
    let mut answers = HashMap::with_capacity(rows.len());
    for row in &rows {
        let (fingerprint, status, body) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        let stored = StoredAnswer {
            fingerprint,
            status,
            body,
        };
        let key = key(row)?;
        if let Some(call) = of_key.get(&key) {
            answers.insert(key, call.open(stored)?);
        }
    }
    Ok(answers)
}

fn key(row: &Row) -> Result<Key, StorageError> {
    let hash: &[u8] = row.try_get(1)?;
    let hash = <[u8; 32]>::try_from(hash).map_err(|_| StorageError::Corrupt {
        column: "idempotency_keys.key_hash",
    })?;
    Ok((row.try_get(0)?, hash))
}

fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}
