//! The send rates of numbers, granted to senders: who locks a number's row sees all that was granted before.
//!
//! A grant is a short transaction of its own, beside the claim that needs it. Its locks are held for two statements and
//! never while anything reaches a disk, so that no sender waits for another's commit; and what a claim that fails does not
//! use is lost by itself. The arithmetic is `common::send_rate`; the clock is the database's, read after the locks were had.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use common::ids::{BusinessId, PhoneNumberId};
use common::send_rate::{Ask, Grant, NumberSendRate, SendRateRules};
use tokio_postgres::Row;
use uuid::Uuid;

use super::transitions::corrupt;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

const LOCK: &str = "
    select p.business_id, p.phone_number_id, p.free_at, p.halvings, p.slowed_at
    from number_send_rates p join unnest($1::uuid[], $2::text[]) as w (business_id, phone_number_id)
        on p.business_id = w.business_id and p.phone_number_id = w.phone_number_id
    order by p.business_id, p.phone_number_id
    for update of p";
const CLOCK: &str = "select clock_timestamp()";
const WRITE: &str = "
    update number_send_rates p set free_at = u.free_at, halvings = u.halvings, slowed_at = u.slowed_at
    from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::smallint[], $5::timestamptz[])
        as u (business_id, phone_number_id, free_at, halvings, slowed_at)
    where p.business_id = u.business_id and p.phone_number_id = u.phone_number_id";
// Another sender may make the same row at the same time.
const MAKE: &str = "
    insert into number_send_rates (business_id, phone_number_id, free_at, halvings, slowed_at)
    select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::smallint[], $5::timestamptz[])
    on conflict do nothing";

/// Names a number.
pub type NumberKey = (BusinessId, PhoneNumberId);

/// How many messages of a number want to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberAsk {
    /// What Meta lets the number send in a second.
    pub throughput: u32,
    /// How many.
    pub ask: Ask,
}

/// What a sender was granted.
#[derive(Debug, Default)]
pub struct Granted {
    /// The database's time at the grant, in which the slots are told.
    pub at: DateTime<Utc>,
    /// What each number got.
    pub grants: BTreeMap<NumberKey, Grant>,
}

/// Grants slots to the messages of several numbers. A number that never sent gets none yet: its first one is free in a
/// moment.
///
/// # Errors
/// When the database is not available: then nothing may leave.
pub async fn grant(
    store: &Store,
    rules: &SendRateRules,
    asks: &BTreeMap<NumberKey, NumberAsk>,
) -> Result<Granted, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let (mut send_rates, at) = lock(&transaction, asks.keys()).await?;
    let (mut grants, mut fresh) = (BTreeMap::new(), BTreeMap::new());
    for (number, NumberAsk { throughput, ask }) in asks {
        let grant = match send_rates.get_mut(number) {
            Some(send_rate) => send_rate.grant(rules, *throughput, *ask, at),
            None => {
                let mut send_rate = NumberSendRate::fresh(rules, *throughput, at);
                fresh.insert(number.clone(), send_rate);
                send_rate.grant(rules, *throughput, Ask::default(), at)
            }
        };
        grants.insert(number.clone(), grant);
    }
    write(&transaction, WRITE, &send_rates).await?;
    write(&transaction, MAKE, &fresh).await?;
    transaction.commit().await?;
    Ok(Granted { at, grants })
}

/// Slows numbers down that Meta throttled. Last in its transaction, which waits for nothing but its commit afterwards.
pub(super) async fn slow_down(
    transaction: &BatchTransaction<'_>,
    numbers: &BTreeSet<NumberKey>,
) -> Result<(), StorageError> {
    if numbers.is_empty() {
        return Ok(());
    }
    let (mut send_rates, at) = lock(transaction, numbers).await?;
    for send_rate in send_rates.values_mut() {
        send_rate.slow_down(at);
    }
    write(transaction, WRITE, &send_rates).await
}

/// Slows numbers down of which Meta said afterwards that they sent too much, given when the last such message left; how
/// many. Last in its transaction.
pub(super) async fn slow_down_for(
    transaction: &BatchTransaction<'_>,
    numbers: &BTreeMap<NumberKey, DateTime<Utc>>,
) -> Result<usize, StorageError> {
    if numbers.is_empty() {
        return Ok(0);
    }
    let (mut send_rates, at) = lock(transaction, numbers.keys()).await?;
    send_rates.retain(|number, send_rate| {
        let left_at = numbers.get(number);
        left_at.is_some_and(|left_at| send_rate.slow_down_for(*left_at, at))
    });
    write(transaction, WRITE, &send_rates).await?;
    Ok(send_rates.len())
}

/// Locks the send rates that there are of the numbers; with the database's time afterwards.
async fn lock(
    transaction: &BatchTransaction<'_>,
    numbers: impl IntoIterator<Item = &NumberKey>,
) -> Result<(BTreeMap<NumberKey, NumberSendRate>, DateTime<Utc>), StorageError> {
    let (businesses, ids): (Vec<Uuid>, Vec<&str>) = numbers
        .into_iter()
        .map(|(business_id, number)| (business_id.as_uuid(), number.as_str()))
        .unzip();
    let statement = transaction.prepare_cached(LOCK).await?;
    let clock = transaction.prepare_cached(CLOCK).await?;
    // Sent together, done one after the other.
    let (params, none): ([&(dyn tokio_postgres::types::ToSql + Sync); 2], _) =
        ([&businesses, &ids], []);
    let (rows, time) = tokio::join!(
        biased;
        transaction.query(&statement, &params),
        transaction.query_one(&clock, &none),
    );
    // What comes after a statement that failed fails for that alone.
    let (rows, time) = (rows?, time?);
    let send_rates = rows
        .iter()
        .map(read)
        .collect::<Result<BTreeMap<_, _>, _>>()?;
    Ok((send_rates, time.try_get(0)?))
}

fn read(row: &Row) -> Result<(NumberKey, NumberSendRate), StorageError> {
    let number: &str = row.try_get(1)?;
    let number = number
        .parse()
        .map_err(|_| corrupt("number_send_rates.phone_number_id"))?;
    let send_rate = NumberSendRate {
        free_at: row.try_get(2)?,
        halvings: u8::try_from(row.try_get::<_, i16>(3)?)
            .map_err(|_| corrupt("number_send_rates.halvings"))?,
        slowed_at: row.try_get(4)?,
    };
    Ok(((BusinessId::from_uuid(row.try_get(0)?), number), send_rate))
}

async fn write(
    transaction: &BatchTransaction<'_>,
    sql: &str,
    send_rates: &BTreeMap<NumberKey, NumberSendRate>,
) -> Result<(), StorageError> {
    if send_rates.is_empty() {
        return Ok(());
    }
    let (businesses, numbers): (Vec<Uuid>, Vec<&str>) = send_rates
        .keys()
        .map(|(business_id, number)| (business_id.as_uuid(), number.as_str()))
        .unzip();
    let free_at: Vec<DateTime<Utc>> = send_rates
        .values()
        .map(|send_rate| send_rate.free_at)
        .collect();
    let halvings: Vec<i16> = send_rates
        .values()
        .map(|send_rate| send_rate.halvings.into())
        .collect();
    let slowed_at: Vec<DateTime<Utc>> = send_rates
        .values()
        .map(|send_rate| send_rate.slowed_at)
        .collect();
    let statement = transaction.prepare_cached(sql).await?;
    transaction
        .execute(
            &statement,
            &[&businesses, &numbers, &free_at, &halvings, &slowed_at],
        )
        .await?;
    Ok(())
}
