//! Until when Meta allows no calls that manage templates: kept with the account, because every call counts.

use chrono::{DateTime, Utc};
use database::{BatchRole, StorageError, Store};

use crate::template_sync::Account;

const RESUME_AT: &str =
    "select management_calls_resume_at from wabas where business_id = $1 and waba_id = $2";
const PAUSE: &str = "
    update wabas set management_calls_resume_at = $3
    where business_id = $1 and waba_id = $2
        and (management_calls_resume_at is null or management_calls_resume_at < $3)";
const PAUSE_ALL: &str = "
    update wabas w set management_calls_resume_at = $1
    from (
        select business_id, waba_id from wabas
        where disconnected_at is null and (management_calls_resume_at is null or management_calls_resume_at < $1)
        order by business_id, waba_id for update
    ) o
    where w.business_id = o.business_id and w.waba_id = o.waba_id";

/// Until when Meta allows no calls for the account; `None` when it allows them.
///
/// # Errors
/// When the database is not available.
pub async fn calls_resume_at(
    store: &Store,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StorageError> {
    let mut connection = store.business_batch(account.business_id).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(RESUME_AT).await?;
    let (business_id, waba_id) = (account.business_id.as_uuid(), account.waba_id.as_str());
    let row = transaction
        .query_opt(&statement, &[&business_id, &waba_id])
        .await?;
    let resume_at: Option<DateTime<Utc>> = row.map(|row| row.try_get(0)).transpose()?.flatten();
    Ok(resume_at.filter(|resume_at| *resume_at > now))
}

/// Makes no calls for the account until `until`, or until later if that was known before.
///
/// # Errors
/// When the database is not available.
pub async fn pause_calls(
    store: &Store,
    account: &Account,
    until: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut connection = store.business_batch(account.business_id).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(PAUSE).await?;
    let (business_id, waba_id) = (account.business_id.as_uuid(), account.waba_id.as_str());
    transaction
        .execute(&statement, &[&business_id, &waba_id, &until])
        .await?;
    transaction.commit().await
}

/// Makes no calls for any account until `until`: Meta limits the calls of the whole app.
///
/// # Errors
/// When the database is not available.
pub async fn pause_all_calls(store: &Store, until: DateTime<Utc>) -> Result<(), StorageError> {
    let mut connection = store.batch(BatchRole::Sync).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(PAUSE_ALL).await?;
    transaction.execute(&statement, &[&until]).await?;
    transaction.commit().await
}
