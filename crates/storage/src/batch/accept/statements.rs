//! The statements of a group: arrays of columns, one round trip each whatever the group's size.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use uuid::Uuid;

use super::pending::{Key, PendingAccept, PendingMessage};
use crate::error::{StorageError, together};
use crate::idempotency_keys::StoredAnswer;
use crate::store::BatchTransaction;

const INSERT_KEYS: &str = "
    insert into idempotency_keys
        (business_id, key_hash, fingerprint, response_status, response_body, created_at)
    select *, $6 from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::smallint[], $5::bytea[])
    on conflict do nothing
    returning business_id, key_hash";

const KNOWN_ANSWERS: &str = "
    select business_id, key_hash, fingerprint, response_status, response_body
    from (select * from unnest($1::uuid[], $2::bytea[]) limit cardinality($1)) as asked (business_id, key_hash)
    join idempotency_keys using (business_id, key_hash)";

const INSERT_MESSAGES: &str = "
    insert into messages (business_id, id, phone_number_id, template_id, category, lane, hash_version,
        recipient_hash, recipient_sealed, content_sealed, reference_hash, reference_sealed, expires_at, media_id)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::smallint[],
        $7::smallint[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bytea[], $12::bytea[], $13::timestamptz[],
        $14::uuid[])";

const INSERT_OTP_SECRETS: &str = "
    insert into otp_secrets (business_id, message_id, content_sealed, expires_at)
    select * from unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::timestamptz[])";

// The arrays are sorted by business, so that two groups take the counters in one order.
const COUNT_ACCEPTED: &str = "
    insert into accepted_counts as counts (business_id, accepted)
    select * from unnest($1::uuid[], $2::bigint[])
    on conflict (business_id) do update set accepted = counts.accepted + excluded.accepted";

/// Takes the keys, which are sorted and distinct; gives back those that were free.
pub(super) async fn insert_keys(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    calls: &[&PendingAccept],
) -> Result<HashSet<Key>, StorageError> {
    let statement = transaction.prepare_cached(INSERT_KEYS).await?;
    let businesses = column(calls, |call| call.business_id);
    let hashes = column(calls, |call| call.key_hash.as_slice());
    let fingerprints = column(calls, |call| call.answer.fingerprint.as_slice());
    let statuses = column(calls, |call| call.answer.status);
    let bodies = column(calls, |call| call.answer.body.as_slice());
    let rows = transaction
        .query(
            &statement,
            &[
                &businesses,
                &hashes,
                &fingerprints,
                &statuses,
                &bodies,
                &now,
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
    let answers = rows.iter().map(|row| {
        let (fingerprint, status, body) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        Ok((
            key(row)?,
            StoredAnswer {
                fingerprint,
                status,
                body,
            },
        ))
    });
    answers.collect()
}

/// Writes the messages of calls, one-time codes and counters; the three statements travel together.
pub(super) async fn insert_messages(
    transaction: &BatchTransaction<'_>,
    calls: &[&PendingAccept],
) -> Result<(), StorageError> {
    if calls.is_empty() {
        return Ok(());
    }
    let messages: Vec<&PendingMessage> = calls.iter().flat_map(|call| call.messages()).collect();
    let (rows, secrets, counts) = tokio::join!(
        insert_message_rows(transaction, &messages),
        insert_otp_secrets(transaction, &messages),
        count_accepted(transaction, &messages),
    );
    together([rows, secrets, counts])
}

async fn insert_message_rows(
    transaction: &BatchTransaction<'_>,
    messages: &[&PendingMessage],
) -> Result<(), StorageError> {
    let statement = transaction.prepare_cached(INSERT_MESSAGES).await?;
    transaction
        .execute(
            &statement,
            &[
                &column(messages, |message| message.business_id),
                &column(messages, |message| message.id),
                &column(messages, |message| message.phone_number_id.as_str()),
                &column(messages, |message| message.template_id.as_deref()),
                &column(messages, |message| message.category),
                &column(messages, |message| message.lane.code()),
                &column(messages, |message| message.recipient_hash.version),
                &column(messages, |message| message.recipient_hash.bytes.as_slice()),
                &column(messages, |message| message.recipient_sealed.as_slice()),
                &column(messages, |message| message.content_sealed.as_deref()),
                &column(messages, |message| {
                    message
                        .reference_hash
                        .as_ref()
                        .map(|hash| hash.bytes.as_slice())
                }),
                &column(messages, |message| message.reference_sealed.as_deref()),
                &column(messages, |message| message.expires_at),
                &column(messages, |message| message.media_id),
            ],
        )
        .await?;
    Ok(())
}

async fn insert_otp_secrets(
    transaction: &BatchTransaction<'_>,
    messages: &[&PendingMessage],
) -> Result<(), StorageError> {
    let secrets: Vec<(Uuid, Uuid, &[u8], DateTime<Utc>)> = messages
        .iter()
        .filter_map(|message| {
            let (content, expires_at) = message.otp_secret.as_ref()?;
            Some((
                message.business_id,
                message.id,
                content.as_slice(),
                *expires_at,
            ))
        })
        .collect();
    if secrets.is_empty() {
        return Ok(());
    }
    let statement = transaction.prepare_cached(INSERT_OTP_SECRETS).await?;
    transaction
        .execute(
            &statement,
            &[
                &column(&secrets, |secret| secret.0),
                &column(&secrets, |secret| secret.1),
                &column(&secrets, |secret| secret.2),
                &column(&secrets, |secret| secret.3),
            ],
        )
        .await?;
    Ok(())
}

async fn count_accepted(
    transaction: &BatchTransaction<'_>,
    messages: &[&PendingMessage],
) -> Result<(), StorageError> {
    let mut counts: BTreeMap<Uuid, i64> = BTreeMap::new();
    for message in messages {
        *counts.entry(message.business_id).or_default() += 1;
    }
    let statement = transaction.prepare_cached(COUNT_ACCEPTED).await?;
    let (businesses, counts): (Vec<Uuid>, Vec<i64>) = counts.into_iter().unzip();
    transaction
        .execute(&statement, &[&businesses, &counts])
        .await?;
    Ok(())
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
