//! Keys to the API. Only the hash of a key's secret is stored; its text is shown once, by whoever makes it.
//!
//! All of it is the platform's: it makes and revokes the keys of businesses, and finds the key that a request shows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::ids::{ApiKeyId, BusinessId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::{ApiKeyKind, new_api_key};
use secrecy::SecretString;
use uuid::Uuid;

use database::ScopedTransaction;
use database::StorageError;
use database::Store;
use database::schema::api_keys;

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its id, which is part of its text.
    pub id: ApiKeyId,
    /// Whose own key it is; `None` for the platform's.
    pub business_id: Option<BusinessId>,
    /// What its maker called it.
    pub name: String,
    /// SHA-256 of its secret.
    pub secret_hash: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it opens nothing.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A key that was just made.
#[derive(Debug)]
pub struct CreatedKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What its holder sends: shown once, never stored.
    pub text: SecretString,
}

type Row = (
    Uuid,
    Option<Uuid>,
    String,
    Vec<u8>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
);

type Columns = (
    api_keys::key_id,
    api_keys::business_id,
    api_keys::name,
    api_keys::secret_hash,
    api_keys::created_at,
    api_keys::revoked_at,
);

const COLUMNS: Columns = (
    api_keys::key_id,
    api_keys::business_id,
    api_keys::name,
    api_keys::secret_hash,
    api_keys::created_at,
    api_keys::revoked_at,
);

/// The key with an id, whoever's it is.
///
/// # Errors
/// When the database is not available.
pub async fn find(store: &Store, id: ApiKeyId) -> Result<Option<StoredKey>, StorageError> {
    let mut transaction = store.platform().await?;
    let row: Option<Row> = api_keys::table
        .filter(api_keys::key_id.eq(id.as_uuid()))
        .select(COLUMNS)
        .first(&mut *transaction)
        .await
        .optional()?;
    Ok(row.map(StoredKey::from))
}

/// Makes a key of the platform.
///
/// # Errors
/// When the database is not available or gives no randomness.
pub async fn create_platform(
    store: &Store,
    name: &str,
    now: DateTime<Utc>,
) -> Result<CreatedKey, StorageError> {
    let mut transaction = store.platform().await?;
    let created = insert(&mut transaction, None, name, now).await?;
    transaction.commit().await?;
    Ok(created)
}

/// Makes a key of a business (or of the platform, for `None`) in a transaction of the platform.
///
/// # Errors
/// When the database is not available, there is no such business, or there is no randomness.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    business_id: Option<BusinessId>,
    name: &str,
    now: DateTime<Utc>,
) -> Result<CreatedKey, StorageError> {
    let id = ApiKeyId::new(now);
    let kind = if business_id.is_some() {
        ApiKeyKind::Business
    } else {
        ApiKeyKind::Platform
    };
    let key = new_api_key(kind, id.as_uuid())?;
    diesel::insert_into(api_keys::table)
        .values((
            api_keys::key_id.eq(id.as_uuid()),
            api_keys::business_id.eq(business_id.map(|id| id.as_uuid())),
            api_keys::name.eq(name),
            api_keys::secret_hash.eq(key.hash.to_vec()),
            api_keys::created_at.eq(now),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(CreatedKey { id, text: key.text })
}

/// The keys of a business after the given one in the order of their making, at most `limit`, revoked ones included.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    store: &Store,
    business_id: BusinessId,
    after: Option<ApiKeyId>,
    limit: i64,
) -> Result<Vec<StoredKey>, StorageError> {
    let mut transaction = store.platform().await?;
    let rows: Vec<Row> = api_keys::table
        .filter(api_keys::business_id.eq(business_id.as_uuid()))
        .filter(api_keys::key_id.gt(after.map_or(Uuid::nil(), |id| id.as_uuid())))
        .order(api_keys::key_id)
        .limit(limit)
        .select(COLUMNS)
        .load(&mut *transaction)
        .await?;
    Ok(rows.into_iter().map(StoredKey::from).collect())
}

/// The names of those of these keys that belong to the business, revoked ones included. The platform's are not named to
/// a business.
///
/// # Errors
/// When the database is not available.
pub async fn names(
    store: &Store,
    business_id: BusinessId,
    ids: &[ApiKeyId],
) -> Result<BTreeMap<ApiKeyId, String>, StorageError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = ids.iter().map(ApiKeyId::as_uuid);
    let mut transaction = store.platform().await?;
    let rows: Vec<(Uuid, String)> = api_keys::table
        .filter(api_keys::business_id.eq(business_id.as_uuid()))
        .filter(api_keys::key_id.eq_any(ids))
        .select((api_keys::key_id, api_keys::name))
        .load(&mut *transaction)
        .await?;
    let named = |(id, name)| (ApiKeyId::from_uuid(id), name);
    Ok(rows.into_iter().map(named).collect())
}

/// Revokes a key of a business. A key that is revoked already stays so since then.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such key.
pub async fn revoke(
    store: &Store,
    business_id: BusinessId,
    id: ApiKeyId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut transaction = store.platform().await?;
    let key = api_keys::table
        .filter(api_keys::business_id.eq(business_id.as_uuid()))
        .filter(api_keys::key_id.eq(id.as_uuid()));
    let revoked_at: Option<DateTime<Utc>> = key
        .select(api_keys::revoked_at)
        .first(&mut *transaction)
        .await?;
    if revoked_at.is_none() {
        diesel::update(key)
            .set(api_keys::revoked_at.eq(now))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

impl From<Row> for StoredKey {
    fn from((id, business_id, name, secret_hash, created_at, revoked_at): Row) -> Self {
        let id = ApiKeyId::from_uuid(id);
        let business_id = business_id.map(BusinessId::from_uuid);
        Self {
            id,
            business_id,
            name,
            secret_hash,
            created_at,
            revoked_at,
        }
    }
}
