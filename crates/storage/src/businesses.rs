//! Businesses: the tenants. The platform makes them; a business sees itself alone.

use chrono::{DateTime, Utc};
use common::ids::BusinessId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use database::StorageError;
use database::Store;
use database::schema::{businesses, data_keys, event_counters};
use database::{BusinessScope, ScopedTransaction};

/// A business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business {
    /// Its id.
    pub id: BusinessId,
    /// Its name.
    pub name: String,
    /// ISO 3166 alpha-2: how its national numbers are read.
    pub country: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

type Row = (Uuid, String, String, DateTime<Utc>);

type Columns = (
    businesses::business_id,
    businesses::name,
    businesses::country,
    businesses::created_at,
);

const COLUMNS: Columns = (
    businesses::business_id,
    businesses::name,
    businesses::country,
    businesses::created_at,
);

/// Makes a business in a transaction of the platform, with all that belongs to one from its first day: the keys that seal
/// its data, and its counters.
///
/// # Errors
/// When the database is not available or no key can be made.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    store: &Store,
    business: &Business,
) -> Result<(), StorageError> {
    let id = business.id.as_uuid();
    diesel::insert_into(businesses::table)
        .values((
            businesses::business_id.eq(id),
            businesses::name.eq(&business.name),
            businesses::country.eq(&business.country),
            businesses::created_at.eq(business.created_at),
        ))
        .execute(&mut **transaction)
        .await?;
    let keys = store.new_business_keys(business.id)?;
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            (
                data_keys::business_id.eq(id),
                data_keys::key_id.eq(key.key_id),
                data_keys::purpose.eq(key.purpose.code()),
                data_keys::key_sealed.eq(&key.sealed),
                data_keys::created_at.eq(business.created_at),
            )
        })
        .collect();
    diesel::insert_into(data_keys::table)
        .values(rows)
        .execute(&mut **transaction)
        .await?;
    diesel::insert_into(event_counters::table)
        .values((
            event_counters::business_id.eq(id),
            event_counters::last_number.eq(0),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// The businesses after the given one in the order of their making, at most `limit`, as the platform sees them.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    store: &Store,
    after: Option<BusinessId>,
    limit: i64,
) -> Result<Vec<Business>, StorageError> {
    let mut transaction = store.platform().await?;
    let rows: Vec<Row> = businesses::table
        .filter(businesses::business_id.gt(after.map_or(Uuid::nil(), |id| id.as_uuid())))
        .order(businesses::business_id)
        .limit(limit)
        .select(COLUMNS)
        .load(&mut *transaction)
        .await?;
    Ok(rows.into_iter().map(Business::from).collect())
}

/// The business of the scope.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none.
pub async fn get(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
) -> Result<Business, StorageError> {
    let row: Row = businesses::table
        .filter(scope.owns(businesses::business_id))
        .select(COLUMNS)
        .first(&mut **transaction)
        .await?;
    Ok(row.into())
}

impl From<Row> for Business {
    fn from((id, name, country, created_at): Row) -> Self {
        Self {
            id: BusinessId::from_uuid(id),
            name,
            country,
            created_at,
        }
    }
}
