//! What is asked of Meta for templates: creations, edits and deletions. The gateway asks, and template-sync carries out.

mod requested_categories;
mod row;

use chrono::{DateTime, Utc};
use common::explanation::Explanation;
use common::ids::{ApiKeyId, DraftId, PublicationId, TemplateId, WabaId};
use common::template::{PublicationAction, PublicationState};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use database::StorageError;
use database::schema::template_publications as publications;
use database::{BusinessScope, ScopedTransaction};

pub use requested_categories::requested_categories;
use row::Row;

/// What was asked of Meta, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// Its id.
    pub id: PublicationId,
    /// The account.
    pub waba_id: WabaId,
    /// The draft and its version that is published; `None` for a deletion.
    pub source: Option<(DraftId, i32)>,
    /// Meta's id of the template, once it is known.
    pub template_id: Option<TemplateId>,
    /// The name of the template.
    pub name: String,
    /// Its language; `None` for a deletion of all languages.
    pub language: Option<String>,
    /// What is asked for.
    pub action: PublicationAction,
    /// What became of it.
    pub state: PublicationState,
    /// How often it was tried.
    pub attempt: i16,
    /// When it is tried (again).
    pub due_at: Option<DateTime<Utc>>,
    /// Why it waits or was refused.
    pub explanation: Option<Explanation>,
    /// What Meta answered.
    pub meta_answer: Option<Value>,
    /// The key that asked for it.
    pub requested_by: ApiKeyId,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it was accepted, refused or cancelled.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Which publications are listed. A publication has to match all conditions.
#[derive(Debug, Clone, Default)]
pub struct PublicationFilter {
    /// Of this account.
    pub waba_id: Option<WabaId>,
    /// In this state.
    pub state: Option<PublicationState>,
    /// Of this draft.
    pub draft_id: Option<DraftId>,
    /// Of this template.
    pub template_id: Option<TemplateId>,
    /// Asked for before this one.
    pub before: Option<PublicationId>,
}

/// Stores a publication.
///
/// # Errors
/// When the database is not available.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    publication: &Publication,
) -> Result<(), StorageError> {
    diesel::insert_into(publications::table)
        .values((
            publications::business_id.eq(scope.business_id().as_uuid()),
            Row::try_from(publication)?,
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// One publication.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such publication.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    id: PublicationId,
) -> Result<Publication, StorageError> {
    let row: Row = publications::table
        .filter(scope.owns(publications::business_id))
        .filter(publications::publication_id.eq(id.as_uuid()))
        .select(Row::as_select())
        .first(&mut **transaction)
        .await?;
    row.try_into()
}

/// The publications that the filter asks for, the newest first, at most `limit`.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    filter: &PublicationFilter,
    limit: i64,
) -> Result<Vec<Publication>, StorageError> {
    let mut query = publications::table
        .filter(scope.owns(publications::business_id))
        .select(Row::as_select())
        .into_boxed();
    if let Some(waba_id) = &filter.waba_id {
        query = query.filter(publications::waba_id.eq(waba_id.as_str()));
    }
    if let Some(state) = filter.state {
        query = query.filter(publications::state.eq(state.code()));
    }
    if let Some(draft_id) = filter.draft_id {
        query = query.filter(publications::draft_id.eq(draft_id.as_uuid()));
    }
    if let Some(template_id) = &filter.template_id {
        query = query.filter(publications::template_id.eq(template_id.as_str()));
    }
    if let Some(before) = filter.before {
        query = query.filter(publications::publication_id.lt(before.as_uuid()));
    }
    let rows: Vec<Row> = query
        .order(publications::publication_id.desc())
        .limit(limit)
        .load(&mut **transaction)
        .await?;
    rows.into_iter().map(Publication::try_from).collect()
}

/// The publication that waits for a template of an account: of this name and language, or of all languages. `None` as
/// the language stands for any.
///
/// # Errors
/// When the database is not available.
pub async fn find_waiting(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
    (name, language): (&str, Option<&str>),
) -> Result<Option<Publication>, StorageError> {
    let mut query = publications::table
        .filter(scope.owns(publications::business_id))
        .filter(publications::waba_id.eq(waba_id.as_str()))
        .filter(publications::state.eq(PublicationState::Waiting.code()))
        .filter(publications::name.eq(name))
        .select(Row::as_select())
        .into_boxed();
    if let Some(language) = language {
        let same = publications::language.eq(language);
        query = query.filter(same.or(publications::language.is_null()));
    }
    let row: Option<Row> = query
        .order(publications::publication_id)
        .first(&mut **transaction)
        .await
        .optional()?;
    row.map(Publication::try_from).transpose()
}

/// Cancels a publication that waits. `false` when it does not wait any more.
///
/// # Errors
/// When the database is not available.
pub async fn cancel(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    id: PublicationId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let cancelled = diesel::update(publications::table)
        .filter(scope.owns(publications::business_id))
        .filter(publications::publication_id.eq(id.as_uuid()))
        .filter(publications::state.eq(PublicationState::Waiting.code()))
        .set((
            publications::state.eq(PublicationState::Cancelled.code()),
            publications::due_at.eq(None::<DateTime<Utc>>),
            publications::ended_at.eq(now),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(cancelled > 0)
}
