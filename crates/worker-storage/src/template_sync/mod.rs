//! The synchronisation of templates: which accounts are due (under `djigbachats_sync`, across businesses), and what a
//! run found (in the scope of the account's business).
//!
//! A run is fenced by the time at which it began: once a newer run of the same account has begun, an older one writes
//! nothing any more, so that what was read from Meta earlier never overwrites what was read later.

mod release;
mod statements;
mod write;

use chrono::{DateTime, TimeDelta, Utc};
use common::ids::{BusinessId, WabaId};
use common::secret::AccessToken;
use uuid::Uuid;

use database::StorageError;
use database::seal_contexts;
use database::{BatchRole, Store};

pub use release::release_held;
pub use write::{KnownTemplate, SyncChanges, fail, stop_numbers, write};
pub(crate) use write::{mark_deleted, read_known, upsert};

/// An account and the business that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub business_id: BusinessId,
    /// Meta's id of it.
    pub waba_id: WabaId,
}

/// A synchronisation that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRun {
    /// Of which account.
    pub account: Account,
    /// When it began: its fence.
    pub started_at: DateTime<Utc>,
}

/// The token of an account, and the bytes by which it is known again.
pub struct StoredToken {
    /// The token.
    pub token: AccessToken,
    pub(super) sealed: Vec<u8>,
}

/// Begins a run for each account whose newest run is older than `interval`, the longest waiting first, at most `limit`.
/// No two callers get the same account. Each account is due up to a sixth of the interval earlier, by an amount of its
/// own, so that accounts which were connected together spread over time. A run that failed or was cut off is followed by
/// another one after a sixth of the interval.
///
/// # Errors
/// When the database is not available.
pub async fn claim_due(
    store: &Store,
    now: DateTime<Utc>,
    interval: TimeDelta,
    limit: i64,
) -> Result<Vec<SyncRun>, StorageError> {
    let started_at = to_microseconds(now);
    let mut connection = store.batch(BatchRole::Sync).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(statements::CLAIM_DUE).await?;
    let (before, retry_before) = (started_at - interval, started_at - interval / 6);
    let jitter_seconds = interval.num_seconds() / 6 + 1;
    let rows = transaction
        .query(
            &statement,
            &[&started_at, &before, &jitter_seconds, &limit, &retry_before],
        )
        .await?;
    transaction.commit().await?;
    let run = |row: &tokio_postgres::Row| {
        let (business_id, waba_id): (Uuid, String) = (row.try_get(0)?, row.try_get(1)?);
        let waba_id = waba_id.parse().map_err(|_| StorageError::Corrupt {
            column: "wabas.waba_id",
        })?;
        let account = Account {
            business_id: BusinessId::from_uuid(business_id),
            waba_id,
        };
        Ok(SyncRun {
            account,
            started_at,
        })
    };
    rows.iter().map(run).collect()
}

/// Begins a run for one account, whenever the last one was; `None` when the business has no
/// such account, or disconnected it.
///
/// # Errors
/// When the database is not available.
pub async fn begin(
    store: &Store,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<Option<SyncRun>, StorageError> {
    let mut connection = store.business_batch(account.business_id).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(statements::BEGIN).await?;
    let (business_id, waba_id) = (account.business_id.as_uuid(), account.waba_id.as_str());
    let row = transaction
        .query_opt(&statement, &[&business_id, &waba_id, &to_microseconds(now)])
        .await?;
    transaction.commit().await?;
    let Some(row) = row else {
        return Ok(None);
    };
    Ok(Some(SyncRun {
        account: account.clone(),
        started_at: row.try_get(0)?,
    }))
}

/// The token of an account; `None` when it has none.
///
/// # Errors
/// When the database is not available, or the token cannot be opened.
pub async fn token(store: &Store, account: &Account) -> Result<Option<StoredToken>, StorageError> {
    let keys = store.keys(account.business_id).await?;
    let mut connection = store.business_batch(account.business_id).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(statements::TOKEN).await?;
    let (business_id, waba_id) = (account.business_id.as_uuid(), account.waba_id.as_str());
    let row = transaction
        .query_opt(&statement, &[&business_id, &waba_id])
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let sealed: Vec<u8> = row.try_get(0)?;
    let opened = keys.open(
        &seal_contexts::access_token(account.business_id, &account.waba_id),
        &sealed,
    )?;
    let text = std::str::from_utf8(&opened).map_err(|_| StorageError::Corrupt {
        column: "access_tokens.token_sealed",
    })?;
    Ok(Some(StoredToken {
        token: AccessToken::new(text.to_owned()),
        sealed,
    }))
}

/// Postgres keeps microseconds: a fence that is read back must be the one that was written.
fn to_microseconds(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time)
}
