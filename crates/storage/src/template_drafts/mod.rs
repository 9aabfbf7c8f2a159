//! Drafts of templates: what a business writes, in versions that never change.
//!
//! A draft is the only one for its name and language in its account, as a template is at Meta. A discarded draft is not
//! found any more; its versions stay, because publications name them.

mod versions;
mod write;

use chrono::{DateTime, Utc};
use common::ids::{DraftId, TemplateId, WabaId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use database::StorageError;
use database::schema::{template_drafts as drafts, template_versions};
use database::{BusinessScope, ScopedTransaction};

use versions::{VERSION_COLUMNS, VersionColumns, VersionRow};
pub use versions::{Version, find_version, list_versions};
pub use write::{Text, discard, insert, save};

/// The index by which a name and language of an account has one draft.
pub const NAME_INDEX: &str = "template_drafts_name_idx";

/// A draft with its newest version.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// The account that it is written for.
    pub waba_id: WabaId,
    /// The name, which all languages of a template share.
    pub name: String,
    /// The language, in Meta's spelling.
    pub language: String,
    /// Meta's id of the template that it was published as, or was made from.
    pub template_id: Option<TemplateId>,
    /// When it was first saved.
    pub created_at: DateTime<Utc>,
    /// The newest version.
    pub newest: Version,
}

/// Which drafts are listed. A draft has to match all conditions.
#[derive(Debug, Clone, Default)]
pub struct DraftFilter {
    /// Of this account.
    pub waba_id: Option<WabaId>,
    /// With this name.
    pub name: Option<String>,
    /// In this language.
    pub language: Option<String>,
    /// Made before this one.
    pub before: Option<DraftId>,
}

type Row = (
    Uuid,
    String,
    String,
    String,
    Option<String>,
    DateTime<Utc>,
    VersionRow,
);

type Columns = (
    drafts::draft_id,
    drafts::waba_id,
    drafts::name,
    drafts::language,
    drafts::template_id,
    drafts::created_at,
    VersionColumns,
);

const COLUMNS: Columns = (
    drafts::draft_id,
    drafts::waba_id,
    drafts::name,
    drafts::language,
    drafts::template_id,
    drafts::created_at,
    VERSION_COLUMNS,
);

/// The draft of a row and its newest version.
macro_rules! drafts_of {
    ($scope:expr) => {
        drafts::table
            .inner_join(
                template_versions::table.on(template_versions::business_id
                    .eq(drafts::business_id)
                    .and(template_versions::draft_id.eq(drafts::draft_id))
                    .and(template_versions::version.eq(drafts::version))),
            )
            .filter($scope.owns(drafts::business_id))
            .filter(drafts::discarded_at.is_null())
            .select(COLUMNS)
    };
}

/// One draft.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such draft, or discarded it.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    id: DraftId,
) -> Result<Draft, StorageError> {
    let row: Row = drafts_of!(scope)
        .filter(drafts::draft_id.eq(id.as_uuid()))
        .first(&mut **transaction)
        .await?;
    row.try_into()
}

/// One draft, locked until the transaction ends.
///
/// # Errors
/// As [`find`].
pub async fn lock(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    id: DraftId,
) -> Result<Draft, StorageError> {
    let draft = lock_kept(transaction, scope, id).await?;
    draft.ok_or(StorageError::NotFound)
}

/// One draft, locked until the transaction ends; `None` when it is discarded.
///
/// # Errors
/// [`StorageError::NotFound`] when the business never had such a draft.
pub async fn lock_kept(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    id: DraftId,
) -> Result<Option<Draft>, StorageError> {
    // The row is locked first: a join would be read as it was before the lock was waited for.
    drafts::table
        .filter(scope.owns(drafts::business_id))
        .filter(drafts::draft_id.eq(id.as_uuid()))
        .select(drafts::draft_id)
        .for_no_key_update()
        .first::<Uuid>(&mut **transaction)
        .await?;
    match find(transaction, scope, id).await {
        Err(StorageError::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// The draft for a name and language of an account; `None` when there is none.
///
/// # Errors
/// When the database is not available.
pub async fn find_by_name(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
    (name, language): (&str, &str),
) -> Result<Option<Draft>, StorageError> {
    let row: Option<Row> = drafts_of!(scope)
        .filter(drafts::waba_id.eq(waba_id.as_str()))
        .filter(drafts::name.eq(name))
        .filter(drafts::language.eq(language))
        .first(&mut **transaction)
        .await
        .optional()?;
    row.map(Draft::try_from).transpose()
}

/// The drafts that the filter asks for, the newest first, at most `limit`.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    filter: &DraftFilter,
    limit: i64,
) -> Result<Vec<Draft>, StorageError> {
    let mut query = drafts_of!(scope).into_boxed();
    if let Some(waba_id) = &filter.waba_id {
        query = query.filter(drafts::waba_id.eq(waba_id.as_str()));
    }
    if let Some(name) = &filter.name {
        query = query.filter(drafts::name.eq(name));
    }
    if let Some(language) = &filter.language {
        query = query.filter(drafts::language.eq(language));
    }
    if let Some(before) = filter.before {
        query = query.filter(drafts::draft_id.lt(before.as_uuid()));
    }
    let rows: Vec<Row> = query
        .order(drafts::draft_id.desc())
        .limit(limit)
        .load(&mut **transaction)
        .await?;
    rows.into_iter().map(Draft::try_from).collect()
}

impl TryFrom<Row> for Draft {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let (id, waba_id, name, language, template_id, created_at, newest) = row;
        let corrupt = |column| StorageError::Corrupt { column };
        let template_id = template_id.map(|id| id.parse()).transpose();
        Ok(Self {
            id: DraftId::from_uuid(id),
            waba_id: waba_id
                .parse()
                .map_err(|_| corrupt("template_drafts.waba_id"))?,
            name,
            language,
            template_id: template_id.map_err(|_| corrupt("template_drafts.template_id"))?,
            created_at,
            newest: newest.into(),
        })
    }
}
