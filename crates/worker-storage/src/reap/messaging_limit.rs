//! The places of messaging limits beside the claims: counted when a business gets a limit, given back when their time is
//! over, forgotten when the limit is gone; and the held messages that a place is left for.

use crate::codes::{HELD, OTP_LANE, SENDING, UNKNOWN};
use crate::conditions::{NUMBER_CONNECTED, WINDOW_EXEMPTS};
use chrono::TimeDelta;
use common::ids::{BusinessId, MessageId};
use common::message::HeldReason;
use common::messaging_limit::{COUNTS_FOR, LimitUsage, MessagingLimit};
use const_format::formatcp;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::claim::{MessageKey, messaging_limit};
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

const NOT_COUNTED: &str = formatcp!(
    "
    select distinct n.business_id from phone_numbers n
    where {NUMBER_CONNECTED} and is_limited(n.messaging_limit)
        and not exists (select from messaging_limit_usage c where c.business_id = n.business_id)"
);
const WITHOUT_LIMIT: &str = "
    select c.business_id from messaging_limit_usage c
    where not exists (select from phone_numbers n where n.business_id = c.business_id and is_limited(n.messaging_limit))";
const WITH_OVER: &str = "
    select c.business_id from messaging_limit_usage c
    where exists (select from messaging_limit_recipients r where r.business_id = c.business_id
        and r.reached_at <= now() - $1::bigint * interval '1 second')";
// What may have reached somebody within the time. Messages older than three days that left within it are not found: they
// were held for long.
const COUNT_RECIPIENTS: &str = formatcp!("
    insert into messaging_limit_recipients (business_id, recipient_hash, message_id, by_code, reached_at, is_counted)
    select r.business_id, r.recipient_hash, message_id, by_code, at,
        row_number() over (partition by coalesce(i.contact_id::text, encode(r.recipient_hash, 'hex')) order by at) = 1
    from (
        select business_id, recipient_hash, (array_agg(id order by id desc))[1] as message_id,
            bool_and(lane = {OTP_LANE}) as by_code, max(at) as at
        from (
            select business_id, recipient_hash, id, lane,
                greatest(submitted_at, delivered_at, case when state in ({SENDING}, {UNKNOWN}) then now() end) as at
            from messages where business_id = $1 and id >= first_uuid_at(now() - interval '3 days')) m
        where at > now() - $2::bigint * interval '1 second'
        group by business_id, recipient_hash) r
    left join contact_identifiers i on i.business_id = r.business_id and i.hash = r.recipient_hash and i.until is null");
const COUNT: &str = "
    insert into messaging_limit_usage (business_id, taken, by_codes)
    select $1, count(*), count(*) filter (where by_code) from messaging_limit_recipients where business_id = $1 and is_counted";
const LOCK: &str = "select from messaging_limit_usage where business_id = $1 for update";
const FORGET_RECIPIENTS: &str = "delete from messaging_limit_recipients where business_id = $1";
const FORGET: &str = "delete from messaging_limit_usage where business_id = $1";
// A message that was delivered late counts from then on.
const COUNT_ON: &str = "
    update messaging_limit_recipients r set reached_at = m.delivered_at
    from messages m join (
        select business_id, recipient_hash, message_id from messaging_limit_recipients
        where business_id = $1 and reached_at <= now() - $2::bigint * interval '1 second'
        order by reached_at limit 5000) o
        on m.business_id = o.business_id and m.id = o.message_id
    where r.business_id = o.business_id and r.recipient_hash = o.recipient_hash
        and m.id >= first_uuid_at(now() - interval '40 days') and m.delivered_at > r.reached_at";
const GIVE_BACK: &str = "
    with gone as (
        delete from messaging_limit_recipients r using (
            select business_id, recipient_hash from messaging_limit_recipients
            where business_id = $1 and reached_at <= now() - $2::bigint * interval '1 second'
            order by reached_at limit 5000) o
        where r.business_id = o.business_id and r.recipient_hash = o.recipient_hash
        returning r.by_code, r.is_counted)
    update messaging_limit_usage c set taken = greatest(c.taken - g.places, 0), by_codes = greatest(c.by_codes - g.codes, 0)
    from (select count(*)::integer as places, (count(*) filter (where by_code))::integer as codes
        from gone where is_counted) g
    where c.business_id = $1 and g.places > 0
    returning g.places";
const HOLDING: &str = formatcp!("
    select n.business_id, n.phone_number_id, n.messaging_limit, c.taken is not null, coalesce(c.taken, 0),
        coalesce(c.by_codes, 0)
    from phone_numbers n left join messaging_limit_usage c on c.business_id = n.business_id
    where exists (select from due_messages d
        where d.kind = {HELD} and d.held_reason = $1 and d.phone_number_id = n.phone_number_id)
    order by n.business_id, n.phone_number_id");
const WAITING: &str = formatcp!(
    "
    select business_id, message_id from due_messages
    where kind = {HELD} and held_reason = $1 and phone_number_id = $2 and (lane = {OTP_LANE}) = $3
    order by message_id limit $4"
);
const ANSWERED: &str = formatcp!("
    select d.business_id, d.message_id from due_messages d
        join messages m on m.business_id = d.business_id and m.id = d.message_id
        join service_windows w on w.business_id = m.business_id and w.phone_number_id = m.phone_number_id
            and w.contact_hash = m.recipient_hash
    where d.kind = {HELD} and d.held_reason = $1 and {WINDOW_EXEMPTS} limit $2");

/// What the keeping of places came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlacesKept {
    /// Businesses whose places were counted.
    pub counted: usize,
    /// Businesses that have no limit any more.
    pub forgotten: usize,
    /// LimitUsage whose time was over.
    pub given_back: u64,
}

/// Counts, gives back and forgets places: one business in a transaction, so that no two locks are held at a time, and one that
/// fails keeps no other from its places.
///
/// # Errors
/// When the database is not available: what was done until then is done.
pub async fn keep_places(store: &Store) -> Result<PlacesKept, StorageError> {
    let mut kept = PlacesKept::default();
    for business_id in businesses(store, NOT_COUNTED, None).await? {
        kept.counted += usize::from(done(business_id, count(store, business_id).await)?.is_some());
    }
    for business_id in businesses(store, WITHOUT_LIMIT, None).await? {
        kept.forgotten +=
            usize::from(done(business_id, forget(store, business_id).await)?.is_some());
    }
    for business_id in businesses(store, WITH_OVER, Some(COUNTS_FOR)).await? {
        let given_back = give_back(store, business_id).await;
        kept.given_back += done(business_id, given_back)?.unwrap_or_default();
    }
    Ok(kept)
}

/// What was done for a business; `None` when it failed for that business alone.
fn done<T>(
    business_id: BusinessId,
    outcome: Result<T, StorageError>,
) -> Result<Option<T>, StorageError> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.is_unavailable() => Err(error),
        Err(error) => {
            tracing::error!(
                %error,
                business.id = %business_id,
                "the places of a business's messaging limit could not be kept; its messages wait"
            );
            Ok(None)
        }
    }
}

/// The held messages that may find a place now, at most `limit`, one-time codes first.
pub(super) async fn with_room(
    transaction: &BatchTransaction<'_>,
    reserved: f64,
    limit: i64,
) -> Result<Vec<MessageKey>, StorageError> {
    let reason = HeldReason::MessagingLimit.code();
    let statement = transaction.prepare_cached(HOLDING).await?;
    let numbers = transaction.query(&statement, &[&reason]).await?;
    let held = transaction.prepare_cached(WAITING).await?;
    let (mut found, mut of_business) = (Vec::new(), None);
    for number in &numbers {
        let (business_id, id): (Uuid, &str) = (number.try_get(0)?, number.try_get(1)?);
        let people = MessagingLimit::from_meta(number.try_get(2)?).people();
        let mut usage = match of_business {
            Some((business, usage)) if business == business_id => usage,
            _ => messaging_limit::places(number, 4)?,
        };
        for are_codes in [true, false] {
            let left = limit - i64::try_from(found.len()).unwrap_or(i64::MAX);
            let left = match people {
                Some(_) if !number.try_get::<_, bool>(3)? => 0,
                Some(people) => left.min(usage.left(people, reserved, are_codes).into()),
                None => left,
            };
            if left <= 0 {
                continue;
            }
            let rows = transaction
                .query(&held, &[&reason, &id, &are_codes, &left])
                .await?;
            promise(&mut usage, rows.len(), are_codes);
            for row in &rows {
                found.push(key(row)?);
            }
        }
        of_business = Some((business_id, usage));
    }
    Ok(found)
}

/// The held messages whose recipient wrote meanwhile, so that they need no place.
pub(super) async fn answered(
    transaction: &BatchTransaction<'_>,
    limit: i64,
) -> Result<Vec<MessageKey>, StorageError> {
    let reason = HeldReason::MessagingLimit.code();
    let statement = transaction.prepare_cached(ANSWERED).await?;
    let rows = transaction.query(&statement, &[&reason, &limit]).await?;
    rows.iter().map(key).collect()
}

/// LimitUsage that freed messages are about to take are not there for others.
fn promise(usage: &mut LimitUsage, messages: usize, are_codes: bool) {
    let messages = u32::try_from(messages).unwrap_or(u32::MAX);
    usage.taken = usage.taken.saturating_add(messages);
    if are_codes {
        usage.by_codes = usage.by_codes.saturating_add(messages);
    }
}

async fn businesses(
    store: &Store,
    sql: &'static str,
    older_than: Option<TimeDelta>,
) -> Result<Vec<BusinessId>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(sql).await?;
    let rows = match older_than {
        Some(age) => {
            let age = age.num_seconds();
            transaction.query(&statement, &[&age]).await?
        }
        None => transaction.query(&statement, &[]).await?,
    };
    rows.iter()
        .map(|row| Ok(BusinessId::from_uuid(row.try_get(0)?)))
        .collect()
}

/// Counts whom the business reached, from its messages.
async fn count(store: &Store, business_id: BusinessId) -> Result<(), StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let (business_id, age) = (business_id.as_uuid(), COUNTS_FOR.num_seconds());
    transaction
        .execute(FORGET_RECIPIENTS, &[&business_id])
        .await?;
    transaction
        .execute(COUNT_RECIPIENTS, &[&business_id, &age])
        .await?;
    transaction.execute(COUNT, &[&business_id]).await?;
    transaction.commit().await
}

async fn forget(store: &Store, business_id: BusinessId) -> Result<(), StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let business_id = business_id.as_uuid();
    transaction.execute(LOCK, &[&business_id]).await?;
    transaction
        .execute(FORGET_RECIPIENTS, &[&business_id])
        .await?;
    transaction.execute(FORGET, &[&business_id]).await?;
    transaction.commit().await
}

async fn give_back(store: &Store, business_id: BusinessId) -> Result<u64, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let (business_id, age) = (business_id.as_uuid(), COUNTS_FOR.num_seconds());
    transaction.execute(LOCK, &[&business_id]).await?;
    transaction.execute(COUNT_ON, &[&business_id, &age]).await?;
    let row = transaction
        .query_opt(GIVE_BACK, &[&business_id, &age])
        .await?;
    transaction.commit().await?;
    let places: i32 = row.map_or(Ok(0), |row| row.try_get(0))?;
    Ok(u64::try_from(places).unwrap_or_default())
}

fn key(row: &Row) -> Result<MessageKey, StorageError> {
    Ok((
        BusinessId::from_uuid(row.try_get(0)?),
        MessageId::from_uuid(row.try_get(1)?),
    ))
}
