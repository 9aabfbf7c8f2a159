//! Saving and discarding drafts.

use chrono::{DateTime, Utc};
use common::ids::{ApiKeyId, DraftId, TemplateId, WabaId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use database::StorageError;
use database::schema::{template_drafts as drafts, template_versions as versions};
use database::{BusinessScope, ScopedTransaction};

/// What is saved: a definition, with its name and language, which are in it too.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// The name.
    pub name: &'a str,
    /// The language.
    pub language: &'a str,
    /// The JSON object that creates the template at Meta.
    pub definition: &'a Value,
    /// The key that saves it.
    pub author: ApiKeyId,
    /// When it is saved.
    pub at: DateTime<Utc>,
}

/// Stores a draft with its first version.
///
/// # Errors
/// [`StorageError::Duplicate`] with [`super::NAME_INDEX`] when the account has a draft of that name and language; the
/// transaction is lost then.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    (id, waba_id, template_id): (DraftId, &WabaId, Option<&TemplateId>),
    text: Text<'_>,
) -> Result<(), StorageError> {
    diesel::insert_into(drafts::table)
        .values((
            drafts::business_id.eq(scope.business_id().as_uuid()),
            drafts::draft_id.eq(id.as_uuid()),
            drafts::waba_id.eq(waba_id.as_str()),
            drafts::name.eq(text.name),
            drafts::language.eq(text.language),
            drafts::version.eq(1),
            drafts::template_id.eq(template_id.map(TemplateId::as_str)),
            drafts::created_at.eq(text.at),
            drafts::updated_at.eq(text.at),
        ))
        .execute(&mut **transaction)
        .await?;
    insert_version(transaction, scope, id, (1, text)).await
}

/// Stores a new version of a draft that [`lock`] locked.
///
/// # Errors
/// [`StorageError::Duplicate`] with [`super::NAME_INDEX`] as in [`insert`].
pub async fn save(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    (id, number): (DraftId, i32),
    text: Text<'_>,
) -> Result<(), StorageError> {
    insert_version(transaction, scope, id, (number, text)).await?;
    diesel::update(drafts::table)
        .filter(scope.owns(drafts::business_id))
        .filter(drafts::draft_id.eq(id.as_uuid()))
        .set((
            drafts::name.eq(text.name),
            drafts::language.eq(text.language),
            drafts::version.eq(number),
            drafts::updated_at.eq(text.at),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn insert_version(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    id: DraftId,
    (number, text): (i32, Text<'_>),
) -> Result<(), StorageError> {
    diesel::insert_into(versions::table)
        .values((
            versions::business_id.eq(scope.business_id().as_uuid()),
            versions::draft_id.eq(id.as_uuid()),
            versions::version.eq(number),
            versions::definition.eq(text.definition),
            versions::author_key_id.eq(text.author.as_uuid()),
            versions::created_at.eq(text.at),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Takes a draft out of editing.
///
/// # Errors
/// When the database is not available.
pub async fn discard(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    id: DraftId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    diesel::update(drafts::table)
        .filter(scope.owns(drafts::business_id))
        .filter(drafts::draft_id.eq(id.as_uuid()))
        .set(drafts::discarded_at.eq(now))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
