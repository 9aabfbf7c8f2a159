//! Claiming publications: one of each account, in the order in which they were asked for.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use common::ids::{BusinessId, PublicationId};
use database::{BatchRole, StorageError, Store};

use crate::template_sync::Account;
use crate::transitions::corrupt;

// The interrupted one of an account comes first, and nothing else of the account is taken before it. Otherwise the first
// that is due is taken, unless an older one about the same template has not ended. The conditions on the locked row are
// checked again when another worker has just taken it.
const CLAIM: &str = "
    update template_publications p
    set leased_until = $1::timestamptz + $2::bigint * interval '1 millisecond', attempt = least(p.attempt, 30000) + 1
    from (
        select d.business_id, d.publication_id from template_publications d
        join (
            select distinct on (c.business_id, c.waba_id) c.business_id, c.publication_id from template_publications c
            where c.due_at <= $1 and (c.leased_until <= $1 or c.leased_until is null and not exists (
                select from template_publications o
                where o.business_id = c.business_id and o.waba_id = c.waba_id and o.due_at is not null
                    and o.publication_id <> c.publication_id
                    and (o.leased_until is not null or o.publication_id < c.publication_id and o.name = c.name
                        and coalesce(o.language = c.language, true))))
            order by c.business_id, c.waba_id, c.publication_id
        ) first on first.business_id = d.business_id and first.publication_id = d.publication_id
        where d.due_at <= $1 and (d.leased_until is null or d.leased_until <= $1)
        order by d.due_at, d.business_id, d.publication_id
        limit $3
        for update of d skip locked
    ) due
    where p.business_id = due.business_id and p.publication_id = due.publication_id
    returning p.business_id, p.waba_id, p.publication_id, p.attempt";
const OLDEST_OVERDUE: &str = "
    select min(due_at) from template_publications where due_at <= $1 and (leased_until is null or leased_until <= $1)";

/// A publication that is the caller's until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedPublication {
    /// Of which account.
    pub account: Account,
    /// Its id.
    pub publication_id: PublicationId,
    /// Which attempt this is, from 1: its fence.
    pub attempt: i16,
}

/// Claims publications that are due, at most `limit` and at most one of each account.
///
/// # Errors
/// When the database is not available: then none is claimed, or their leases end.
pub async fn claim_due(
    store: &Store,
    now: DateTime<Utc>,
    lease: Duration,
    limit: i64,
) -> Result<Vec<ClaimedPublication>, StorageError> {
    let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
    let mut connection = store.batch(BatchRole::Sync).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(CLAIM).await?;
    let rows = transaction
        .query(&statement, &[&now, &lease, &limit])
        .await?;
    transaction.commit().await?;
    let claimed = |row: &tokio_postgres::Row| {
        let waba_id: &str = row.try_get(1)?;
        Ok(ClaimedPublication {
            account: Account {
                business_id: BusinessId::from_uuid(row.try_get(0)?),
                waba_id: waba_id
                    .parse()
                    .map_err(|_| corrupt("template_publications.waba_id"))?,
            },
            publication_id: PublicationId::from_uuid(row.try_get(2)?),
            attempt: row.try_get(3)?,
        })
    };
    rows.iter().map(claimed).collect()
}

/// For how long the publication that is due the longest has not been taken.
///
/// # Errors
/// When the database is not available.
pub async fn oldest_overdue(store: &Store, now: DateTime<Utc>) -> Result<TimeDelta, StorageError> {
    let mut connection = store.batch(BatchRole::Sync).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(OLDEST_OVERDUE).await?;
    let row = transaction.query_one(&statement, &[&now]).await?;
    let due_at: Option<DateTime<Utc>> = row.try_get(0)?;
    Ok(due_at.map_or(TimeDelta::zero(), |due_at| now - due_at))
}
