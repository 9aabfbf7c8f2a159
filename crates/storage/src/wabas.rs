//! WhatsApp Business Accounts that a business has connected. An account belongs to one business at a time.

use chrono::{DateTime, Utc};
use common::ids::WabaId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use database::StorageError;
use database::schema::wabas;
use database::{BusinessScope, ScopedTransaction};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waba {
    /// Meta's id.
    pub waba_id: WabaId,
    /// When its templates were last read from Meta.
    pub templates_synced_at: Option<DateTime<Utc>>,
    /// Why the last reading failed, for a person; `None` when it did not.
    pub templates_sync_error: Option<String>,
    /// Since when none of its numbers is connected; `None` while one is.
    pub disconnected_at: Option<DateTime<Utc>>,
}

type Row = (
    String,
    Option<DateTime<Utc>>,
    Option<String>,
    Option<DateTime<Utc>>,
);

type Columns = (
    wabas::waba_id,
    wabas::templates_synced_at,
    wabas::templates_sync_error,
    wabas::disconnected_at,
);

const COLUMNS: Columns = (
    wabas::waba_id,
    wabas::templates_synced_at,
    wabas::templates_sync_error,
    wabas::disconnected_at,
);

/// Makes the account one of the business, if it is not so already or was disconnected.
///
/// # Errors
/// [`StorageError::Duplicate`] when it belongs to another business; the transaction is lost then.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::insert_into(wabas::table)
        .values((
            wabas::business_id.eq(scope.business_id().as_uuid()),
            wabas::waba_id.eq(waba_id.as_str()),
            wabas::created_at.eq(now),
        ))
        .on_conflict((wabas::business_id, wabas::waba_id))
        .do_update()
        .set(wabas::disconnected_at.eq(None::<DateTime<Utc>>))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The accounts of the business after the given one, at most `limit`.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    after: Option<&WabaId>,
    limit: i64,
) -> Result<Vec<Waba>, StorageError> {
    let rows: Vec<Row> = wabas::table
        .filter(scope.owns(wabas::business_id))
        .filter(wabas::waba_id.gt(after.map_or("", |id| id.as_str())))
        .order(wabas::waba_id)
        .limit(limit)
        .select(COLUMNS)
        .load(&mut **transaction)
        .await?;
    rows.into_iter().map(Waba::try_from).collect()
}

/// One account of the business.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such account.
pub async fn get(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
) -> Result<Waba, StorageError> {
    let row: Row = wabas::table
        .filter(scope.owns(wabas::business_id))
        .filter(wabas::waba_id.eq(waba_id.as_str()))
        .select(COLUMNS)
        .first(&mut **transaction)
        .await?;
    row.try_into()
}

/// Locks an account until the transaction ends, so that what is decided of it is decided one after the other.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such account.
pub async fn lock(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
) -> Result<(), StorageError> {
    wabas::table
        .filter(scope.owns(wabas::business_id))
        .filter(wabas::waba_id.eq(waba_id.as_str()))
        .select(wabas::waba_id)
        .for_no_key_update()
        .first::<String>(&mut **transaction)
        .await?;
    Ok(())
}

impl TryFrom<Row> for Waba {
    type Error = StorageError;

    fn try_from(
        (waba_id, templates_synced_at, templates_sync_error, disconnected_at): Row,
    ) -> Result<Self, StorageError> {
        let waba_id = waba_id.parse().map_err(|_| StorageError::Corrupt {
            column: "wabas.waba_id",
        })?;
        Ok(Self {
            waba_id,
            templates_synced_at,
            templates_sync_error,
            disconnected_at,
        })
    }
}
