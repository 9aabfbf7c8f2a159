//! What came of an attempt: the publication ends accepted or refused, or waits for its next attempt.

use chrono::{DateTime, Utc};
use common::explanation::Explanation;
use common::ids::TemplateId;
use common::template::PublicationState;
use const_format::formatcp;
use database::{BatchTransaction, StorageError, Store};
use serde_json::Value;
use storage::events::FeedEntry;
use tokio_postgres::types::Json;

use super::Publication;
use crate::events;
use crate::template_sync::{KnownTemplate, SyncChanges, SyncRun, mark_deleted, read_known, upsert};

const WAITING: i16 = PublicationState::Waiting.code();
const ACCEPTED: i16 = PublicationState::Accepted.code();
const REFUSED: i16 = PublicationState::Refused.code();
const CANCELLED: i16 = PublicationState::Cancelled.code();

// One that was cancelled while Meta accepted it counts as accepted, because the template is there.
const LOCK: &str = formatcp!(
    "select from template_publications
    where business_id = $1 and publication_id = $2 and attempt = $3 and state in ({WAITING}, {CANCELLED}) for update"
);
const ACCEPT: &str = formatcp!(
    "update template_publications set state = {ACCEPTED}, due_at = null, leased_until = null, explanation = null,
        ended_at = $3, meta_answer = $4, template_id = coalesce($5, template_id)
    where business_id = $1 and publication_id = $2"
);
const REFUSE: &str = formatcp!(
    "update template_publications set state = {REFUSED}, due_at = null, leased_until = null, ended_at = $4,
        explanation = $5, meta_answer = $6
    where business_id = $1 and publication_id = $2 and attempt = $3 and state = {WAITING}"
);
const POSTPONE: &str = formatcp!(
    "update template_publications set due_at = $4, leased_until = null, explanation = $5
    where business_id = $1 and publication_id = $2 and attempt = $3 and state = {WAITING}"
);
const AFFECTED: &str = "select template_id, name, language, category, status, false, false, false from templates
    where business_id = $1 and waba_id = $2 and (template_id = $3 or name = $4 and ($5::text is null or language = $5))
    order by template_id for update";
const LINK_DRAFT: &str =
    "update template_drafts set template_id = $3 where business_id = $1 and draft_id = $2";
const UNLINK_DRAFTS: &str = "update template_drafts set template_id = null
    where business_id = $1 and waba_id = $2 and template_id = any($3)";

/// The stored templates that an accepted publication may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Affected {
    /// The one with this id, and whatever has its name and language.
    Replaced(TemplateId),
    /// The one with this id.
    DeletedOne(TemplateId),
    /// Whatever has the publication's name.
    DeletedName,
}

/// What Meta accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptance {
    /// When the attempt began: a status that a webhook brought later is newer.
    pub started_at: DateTime<Utc>,
    /// Which templates it changes.
    pub affected: Affected,
    /// What Meta answered, to be shown.
    pub answer: Value,
}

/// Ends a publication that Meta accepted and writes what it changed, in one transaction; `compare` gets the stored
/// templates that it may change. `false` when the publication is in other hands or has ended.
///
/// # Errors
/// When the database is not available; then nothing was written, unless the commit's answer was lost.
pub async fn accept(
    store: &Store,
    publication: &Publication,
    acceptance: &Acceptance,
    now: DateTime<Utc>,
    compare: impl FnOnce(&[KnownTemplate]) -> SyncChanges,
) -> Result<bool, StorageError> {
    let mut connection = store
        .business_batch(publication.account.business_id)
        .await?;
    let transaction = connection.begin().await?;
    let (business_id, id) = publication.key();
    let statement = transaction.prepare_cached(LOCK).await?;
    let locked = transaction
        .query_opt(&statement, &[&business_id, &id, &publication.attempt])
        .await?;
    if locked.is_none() {
        return Ok(false);
    }
    let known = affected(&transaction, publication, &acceptance.affected).await?;
    let changes = compare(&known);
    let run = SyncRun {
        account: publication.account.clone(),
        started_at: acceptance.started_at,
    };
    mark_deleted(&transaction, &run, &changes.gone, now).await?;
    upsert(&transaction, &run, now, &changes.listed).await?;
    link_drafts(&transaction, publication, &changes).await?;
    let template_id = changes.listed.first().map(|it| it.template_id.as_str());
    let statement = transaction.prepare_cached(ACCEPT).await?;
    transaction
        .execute(
            &statement,
            &[&business_id, &id, &now, &acceptance.answer, &template_id],
        )
        .await?;
    events::append(&transaction, now, &changes.entries).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Ends a publication that was refused for good. `false` when it is in other hands or has ended.
///
/// # Errors
/// When the database is not available.
pub async fn refuse(
    store: &Store,
    publication: &Publication,
    now: DateTime<Utc>,
    explanation: &Explanation,
    answer: Option<&Value>,
    entry: FeedEntry,
) -> Result<bool, StorageError> {
    let mut connection = store
        .business_batch(publication.account.business_id)
        .await?;
    let transaction = connection.begin().await?;
    let (business_id, id) = publication.key();
    let statement = transaction.prepare_cached(REFUSE).await?;
    let written = transaction
        .execute(
            &statement,
            &[
                &business_id,
                &id,
                &publication.attempt,
                &now,
                &Json(explanation),
                &answer,
            ],
        )
        .await?;
    if written == 0 {
        return Ok(false);
    }
    events::append(&transaction, now, &[entry]).await?;
    transaction.commit().await?;
    Ok(true)
}

/// Lets a publication wait until `due_at`. `false` when it is in other hands or has ended.
///
/// # Errors
/// When the database is not available.
pub async fn postpone(
    store: &Store,
    publication: &Publication,
    now: DateTime<Utc>,
    due_at: DateTime<Utc>,
    explanation: &Explanation,
    entry: Option<FeedEntry>,
) -> Result<bool, StorageError> {
    let mut connection = store
        .business_batch(publication.account.business_id)
        .await?;
    let transaction = connection.begin().await?;
    let (business_id, id) = publication.key();
    let statement = transaction.prepare_cached(POSTPONE).await?;
    let written = transaction
        .execute(
            &statement,
            &[
                &business_id,
                &id,
                &publication.attempt,
                &due_at,
                &Json(explanation),
            ],
        )
        .await?;
    if written == 0 {
        return Ok(false);
    }
    events::append(&transaction, now, entry.as_slice()).await?;
    transaction.commit().await?;
    Ok(true)
}

impl Publication {
    const fn key(&self) -> (uuid::Uuid, uuid::Uuid) {
        (
            self.account.business_id.as_uuid(),
            self.publication_id.as_uuid(),
        )
    }
}

async fn affected(
    transaction: &BatchTransaction<'_>,
    publication: &Publication,
    affected: &Affected,
) -> Result<Vec<KnownTemplate>, StorageError> {
    let name = Some(publication.name.as_str());
    let language = publication.language.as_deref();
    let (id, name, language) = match affected {
        Affected::Replaced(id) => (Some(id.as_str()), name, language),
        Affected::DeletedOne(id) => (Some(id.as_str()), None, None),
        Affected::DeletedName => (None, name, None),
    };
    let account = &publication.account;
    let statement = transaction.prepare_cached(AFFECTED).await?;
    let rows = transaction
        .query(
            &statement,
            &[
                &account.business_id.as_uuid(),
                &account.waba_id.as_str(),
                &id,
                &name,
                &language,
            ],
        )
        .await?;
    rows.iter().map(read_known).collect()
}

/// A draft names the template that it was published as, and none that is deleted: then it can be created again.
async fn link_drafts(
    transaction: &BatchTransaction<'_>,
    publication: &Publication,
    changes: &SyncChanges,
) -> Result<(), StorageError> {
    let account = &publication.account;
    let business_id = account.business_id.as_uuid();
    let gone: Vec<&str> = changes.gone.iter().map(TemplateId::as_str).collect();
    if !gone.is_empty() {
        let statement = transaction.prepare_cached(UNLINK_DRAFTS).await?;
        transaction
            .execute(
                &statement,
                &[&business_id, &account.waba_id.as_str(), &gone],
            )
            .await?;
    }
    if let (Some(draft_id), Some(template)) = (publication.draft_id, changes.listed.first()) {
        let statement = transaction.prepare_cached(LINK_DRAFT).await?;
        let template_id = template.template_id.as_str();
        transaction
            .execute(
                &statement,
                &[&business_id, &draft_id.as_uuid(), &template_id],
            )
            .await?;
    }
    Ok(())
}
