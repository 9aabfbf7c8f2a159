//! The versions of a draft.

use chrono::{DateTime, Utc};
use common::ids::{ApiKeyId, DraftId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use database::StorageError;
use database::schema::template_versions as versions;
use database::{BusinessScope, ScopedTransaction};

/// What a draft said at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// From 1.
    pub number: i32,
    /// The JSON object that creates the template at Meta.
    pub definition: Value,
    /// The key that saved it.
    pub author: ApiKeyId,
    /// When it was saved.
    pub created_at: DateTime<Utc>,
}

pub(super) type VersionRow = (i32, Value, Uuid, DateTime<Utc>);
pub(super) type VersionColumns = (
    versions::version,
    versions::definition,
    versions::author_key_id,
    versions::created_at,
);

pub(super) const VERSION_COLUMNS: VersionColumns = (
    versions::version,
    versions::definition,
    versions::author_key_id,
    versions::created_at,
);

/// The versions of a draft that are older than `before`, the newest first, at most `limit`. A draft that does not exist
/// has none.
///
/// # Errors
/// When the database is not available.
pub async fn list_versions(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    (id, before): (DraftId, Option<i32>),
    limit: i64,
) -> Result<Vec<Version>, StorageError> {
    let rows: Vec<VersionRow> = versions::table
        .filter(scope.owns(versions::business_id))
        .filter(versions::draft_id.eq(id.as_uuid()))
        .filter(versions::version.lt(before.unwrap_or(i32::MAX)))
        .order(versions::version.desc())
        .limit(limit)
        .select(VERSION_COLUMNS)
        .load(&mut **transaction)
        .await?;
    Ok(rows.into_iter().map(Version::from).collect())
}

/// One version of a draft.
///
/// # Errors
/// [`StorageError::NotFound`] when the draft has no such version.
pub async fn find_version(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    (id, number): (DraftId, i32),
) -> Result<Version, StorageError> {
    let row: VersionRow = versions::table
        .filter(scope.owns(versions::business_id))
        .filter(versions::draft_id.eq(id.as_uuid()))
        .filter(versions::version.eq(number))
        .select(VERSION_COLUMNS)
        .first(&mut **transaction)
        .await?;
    Ok(row.into())
}

impl From<VersionRow> for Version {
    fn from((number, definition, author, created_at): VersionRow) -> Self {
        Self {
            number,
            definition,
            author: ApiKeyId::from_uuid(author),
            created_at,
        }
    }
}
