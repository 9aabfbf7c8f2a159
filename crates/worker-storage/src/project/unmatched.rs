//! Statuses whose message is not known (yet): kept for 8 days and matched again when a wamid is recorded, and by a sweep.
//!
//! Most of them are of messages that the business sent by another way, from the WhatsApp Business app or another system.

use chrono::{DateTime, Utc};
use common::ids::{BusinessId, MessageId, PhoneNumberId};
use common::message::MessageState;
use common::retention::Category;
use common::wire::{Identity, StatusDetail};
use sealing::HashDomain;
use uuid::Uuid;

use super::merge::Row;
use super::statuses::{StatusOutcome, StatusUpdate, error_of, lock, write};
use database::StorageError;
use database::seal_contexts::{self, MessageColumn};
use database::{BatchRole, BatchTransaction, Store};

/// How many are matched in one round.
const PASS: i64 = 500;
const STORE: &str = "insert into unmatched_statuses (status_id, business_id, phone_number_id, message_id, wamid_hash, status,
        occurred_at, error_code, error_sealed, pricing_category, pricing_type, billable, stored_at)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::bytea[], $6::smallint[], $7::timestamptz[],
        $8::integer[], $9::bytea[], $10::text[], $11::text[], $12::boolean[], $13::timestamptz[])
    on conflict (business_id, wamid_hash, status) do nothing";
/// The stored ones whose message is known by now: by its id, or by the hash of Meta's id.
const MATCH: &str =
    "select u.status_id, u.business_id, u.phone_number_id, coalesce(m.id, a.message_id), u.status,
        u.occurred_at, u.error_code, u.error_sealed, u.pricing_category, u.pricing_type, u.billable
    from unmatched_statuses u
        left join messages m on m.business_id = u.business_id and m.id = u.message_id
        left join attempts a on a.business_id = u.business_id and a.wamid_hash = u.wamid_hash
    where coalesce(m.id, a.message_id) is not null
    limit $1";
const FORGET: &str = "delete from unmatched_statuses where status_id = any($1)";
const FORGET_EXPIRED: &str = "delete from unmatched_statuses where stored_at < $1";

/// Stores statuses, each once however often Meta repeats it; returns how many are new.
pub(super) async fn store_all(
    store: &Store,
    transaction: &BatchTransaction<'_>,
    unmatched: &[(BusinessId, Option<MessageId>, &StatusUpdate)],
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    if unmatched.is_empty() {
        return Ok(0);
    }
    let (mut ids, mut hashes, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (business_id, _, update) in unmatched {
        let (keys, id) = (store.keys(*business_id).await?, Uuid::now_v7());
        hashes.push(
            keys.lookup_hash(HashDomain::Wamid, update.detail.wamid.as_bytes())
                .bytes
                .to_vec(),
        );
        let seal_context = seal_contexts::unmatched_status_error(*business_id, &id);
        let sealed = error_of(&update.detail)
            .map(|error| keys.seal(&seal_context, error.to_string().as_bytes()));
        errors.push(sealed.transpose()?);
        ids.push(id);
    }
    fn column<'a, T>(
        unmatched: &'a [(BusinessId, Option<MessageId>, &StatusUpdate)],
        value: impl Fn(&'a (BusinessId, Option<MessageId>, &StatusUpdate)) -> T,
    ) -> Vec<T> {
        unmatched.iter().map(value).collect()
    }
    let statement = transaction.prepare_cached(STORE).await?;
    let stored = transaction
        .execute(
            &statement,
            &[
                &ids,
                &column(unmatched, |(business_id, _, _)| business_id.as_uuid()),
                &column(unmatched, |(_, _, update)| update.phone_number_id.as_str()),
                &column(unmatched, |(_, message_id, _)| {
                    message_id.map(|id| id.as_uuid())
                }),
                &hashes,
                &column(unmatched, |(_, _, update)| update.status.code()),
                &column(unmatched, |(_, _, update)| update.occurred_at),
                &column(unmatched, |(_, _, update)| update.error_code),
                &errors,
                &column(unmatched, |(_, _, update)| {
                    update.pricing_category.as_deref()
                }),
                &column(unmatched, |(_, _, update)| update.pricing_type.as_deref()),
                &column(unmatched, |(_, _, update)| update.billable),
                &column(unmatched, |_| now),
            ],
        )
        .await?;
    Ok(usize::try_from(stored).unwrap_or(usize::MAX))
}

/// Applies the stored statuses whose message is known by now, one bounded round; returns how many were matched.
///
/// # Errors
/// When the database is not available: nothing was changed.
pub async fn match_unmatched(store: &Store, now: DateTime<Utc>) -> Result<usize, StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(MATCH).await?;
    let found = transaction.query(&statement, &[&PASS]).await?;
    let unmatched = found
        .iter()
        .map(UnmatchedStatus::read)
        .collect::<Result<Vec<_>, _>>()?;
    let mut rows = lock(
        &transaction,
        unmatched
            .iter()
            .map(|unmatched| (unmatched.business_id, unmatched.message_id)),
    )
    .await?;
    for row in &mut rows {
        let own = |unmatched: &&UnmatchedStatus| {
            unmatched.business_id == row.business_id && unmatched.message_id == row.message_id
        };
        for unmatched in unmatched.iter().filter(own).collect::<Vec<_>>() {
            if row.phone_number_id == unmatched.update.phone_number_id.as_str() {
                row.take_in(&unmatched.update);
                reseal(store, row, unmatched).await?;
            }
        }
    }
    write(
        &transaction,
        &mut rows,
        Vec::new(),
        now,
        &mut StatusOutcome::default(),
    )
    .await?;
    let ids: Vec<Uuid> = unmatched
        .iter()
        .map(|unmatched| unmatched.status_id)
        .collect();
    let statement = transaction.prepare_cached(FORGET).await?;
    transaction.execute(&statement, &[&ids]).await?;
    transaction.commit().await?;
    Ok(unmatched.len())
}

/// Deletes what has waited for its message longer than its retention period; returns how many.
///
/// # Errors
/// When the database is not available.
pub async fn delete_expired_unmatched(
    store: &Store,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let before = now - Category::UnmatchedStatuses.default_period();
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let dropped = transaction.execute(FORGET_EXPIRED, &[&before]).await?;
    transaction.commit().await?;
    Ok(dropped)
}

struct UnmatchedStatus {
    status_id: Uuid,
    business_id: BusinessId,
    message_id: MessageId,
    update: StatusUpdate,
    error_sealed: Option<Vec<u8>>,
}

impl UnmatchedStatus {
    fn read(row: &tokio_postgres::Row) -> Result<Self, StorageError> {
        let corrupt = |column| StorageError::Corrupt { column };
        let business_id = BusinessId::from_uuid(row.try_get(1)?);
        let message_id = MessageId::from_uuid(row.try_get(3)?);
        let phone_number_id: PhoneNumberId = row
            .try_get::<_, &str>(2)?
            .parse()
            .map_err(|_| corrupt("unmatched_statuses.phone_number_id"))?;
        Ok(Self {
            status_id: row.try_get(0)?,
            business_id,
            message_id,
            update: StatusUpdate {
                phone_number_id,
                message: Some((business_id, message_id)),
                status: MessageState::from_code(row.try_get(4)?)
                    .ok_or(corrupt("unmatched_statuses.status"))?,
                occurred_at: row.try_get(5)?,
                error_code: row.try_get(6)?,
                // What waited for its message is too old to slow its number down.
                slows_the_number: false,
                pricing_category: row.try_get(8)?,
                pricing_type: row.try_get(9)?,
                billable: row.try_get::<_, Option<bool>>(10)?.unwrap_or_default(),
                // Known from the attempt, or not needed: the hash has done its work.
                detail: StatusDetail {
                    wamid: String::new(),
                    recipient: Identity::default(),
                    in_group: false,
                    errors: None,
                },
            },
            error_sealed: row.try_get(7)?,
        })
    }
}

/// Moves a sealed error from the unmatched status to the message.
async fn reseal(
    store: &Store,
    row: &mut Row,
    unmatched: &UnmatchedStatus,
) -> Result<(), StorageError> {
    let (MessageState::Failed, Some(sealed)) = (row.state, &unmatched.error_sealed) else {
        return Ok(());
    };
    let (keys, id) = (store.keys(row.business_id).await?, row.message_id.as_uuid());
    let plain = keys.open(
        &seal_contexts::unmatched_status_error(row.business_id, &unmatched.status_id),
        sealed,
    )?;
    row.error_sealed = Some(keys.seal(
        &seal_contexts::message(row.business_id, &id, MessageColumn::Error),
        &plain,
    )?);
    Ok(())
}
