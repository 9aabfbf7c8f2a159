//! What a run writes: templates, events, why it failed, and the stop of numbers whose token Meta refuses.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use common::feed::{FeedEvent, NumberEvent};
use common::ids::{PhoneNumberId, TemplateId};
use common::template::{Category, TemplateStatus};

use super::{Account, StoredToken, SyncRun, statements};
use crate::events;
use crate::template_campaigns::{self, TemplateKey};
use database::StorageError;
use database::{BatchTransaction, Store};
use storage::events::FeedEntry;
use storage::templates::Template;

/// A template that is stored, as far as a comparison with Meta needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownTemplate {
    /// Meta's id.
    pub template_id: TemplateId,
    /// The name.
    pub name: String,
    /// The language.
    pub language: String,
    /// The stored category.
    pub category: Category,
    /// The stored status.
    pub status: TemplateStatus,
    /// Whether it was written after the run began, so that what the run read may be older.
    pub is_newer: bool,
    /// Whether a webhook reported the status after the run began: what the run read may be older.
    pub is_status_newer: bool,
    /// The same of the category.
    pub is_category_newer: bool,
}

/// What a run changes.
#[derive(Debug, Default)]
pub struct SyncChanges {
    /// All that Meta lists, each id once and each name and language once among those that are not deleted.
    pub listed: Vec<Template>,
    /// Stored templates that Meta does not list any more.
    pub gone: Vec<TemplateId>,
    /// What to append to the feed.
    pub entries: Vec<FeedEntry>,
}

/// Compares what is stored with what was read and writes the difference, in one transaction. `false` when a newer run
/// has begun: then nothing was written.
///
/// # Errors
/// When the database is not available; then nothing was written, unless the commit's answer was lost.
pub async fn write(
    store: &Store,
    run: &SyncRun,
    now: DateTime<Utc>,
    compare: impl FnOnce(&[KnownTemplate]) -> SyncChanges,
) -> Result<bool, StorageError> {
    let mut connection = store.business_batch(run.account.business_id).await?;
    let transaction = connection.begin().await?;
    if !lock_run(&transaction, run).await? {
        return Ok(false);
    }
    let known = known(&transaction, run).await?;
    let changes = compare(&known);
    mark_deleted(&transaction, run, &changes.gone, now).await?;
    upsert(&transaction, run, now, &changes.listed).await?;
    let (business_id, waba_id) = key(run);
    let statement = transaction.prepare_cached(statements::SUCCEED).await?;
    transaction
        .execute(&statement, &[&business_id, &waba_id, &now])
        .await?;
    let approved = approved(run, &known, &changes.listed);
    let resumed = template_campaigns::resume(&transaction, &approved, now).await?;
    let entries: Vec<FeedEntry> = changes.entries.into_iter().chain(resumed).collect();
    events::append(&transaction, now, &entries).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The listed templates that may be sent now and might not before.
fn approved<'t>(
    run: &SyncRun,
    known: &'t [KnownTemplate],
    listed: &[Template],
) -> Vec<TemplateKey<'t>> {
    let sendable: BTreeSet<&TemplateId> = listed
        .iter()
        .filter(|template| template.status.is_sendable())
        .map(|template| &template.template_id)
        .collect();
    let approved = known.iter().filter(|known| {
        !known.is_status_newer
            && !known.status.is_sendable()
            && sendable.contains(&known.template_id)
    });
    approved
        .map(|known| (run.account.business_id, known.template_id.as_str()))
        .collect()
}

/// Notes why a run failed, unless a newer one has begun. What was synchronised before stays.
///
/// # Errors
/// When the database is not available.
pub async fn fail(store: &Store, run: &SyncRun, reason: &str) -> Result<(), StorageError> {
    let mut connection = store.business_batch(run.account.business_id).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(statements::FAIL).await?;
    let (business_id, waba_id) = key(run);
    transaction
        .execute(
            &statement,
            &[&business_id, &waba_id, &run.started_at, &reason],
        )
        .await?;
    transaction.commit().await
}

/// Stops the account's connected numbers because Meta refuses `token`; how many. A token that was replaced meanwhile
/// stops nothing.
///
/// # Errors
/// When the database is not available.
pub async fn stop_numbers(
    store: &Store,
    account: &Account,
    token: &StoredToken,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    let mut connection = store.business_batch(account.business_id).await?;
    let transaction = connection.begin().await?;
    let (business_id, waba_id) = (account.business_id.as_uuid(), account.waba_id.as_str());
    let statement = transaction.prepare_cached(statements::LOCK_NUMBERS).await?;
    transaction
        .execute(&statement, &[&business_id, &waba_id])
        .await?;
    let statement = transaction.prepare_cached(statements::LOCK_TOKEN).await?;
    let current = transaction
        .query_opt(&statement, &[&business_id, &waba_id])
        .await?;
    let current: Option<Vec<u8>> = current.map(|row| row.try_get(0)).transpose()?;
    if current.as_ref() != Some(&token.sealed) {
        return Ok(0);
    }
    let statement = transaction.prepare_cached(statements::STOP_NUMBERS).await?;
    let rows = transaction
        .query(&statement, &[&business_id, &waba_id, &reason])
        .await?;
    let stopped = rows.iter().map(|row| {
        let text: String = row.try_get(0)?;
        text.parse().map_err(|_| StorageError::Corrupt {
            column: "phone_numbers.phone_number_id",
        })
    });
    let stopped = stopped.collect::<Result<Vec<PhoneNumberId>, StorageError>>()?;
    let entry = |phone_number_id| FeedEntry {
        business_id: account.business_id,
        event: FeedEvent::Number {
            phone_number_id,
            event: NumberEvent::Stopped {
                reason: reason.to_owned(),
            },
        },
        occurred_at: now,
    };
    let entries: Vec<FeedEntry> = stopped.into_iter().map(entry).collect();
    events::append(&transaction, now, &entries).await?;
    transaction.commit().await?;
    Ok(entries.len())
}

async fn lock_run(transaction: &BatchTransaction<'_>, run: &SyncRun) -> Result<bool, StorageError> {
    let statement = transaction.prepare_cached(statements::LOCK_RUN).await?;
    let (business_id, waba_id) = key(run);
    let row = transaction
        .query_opt(&statement, &[&business_id, &waba_id, &run.started_at])
        .await?;
    Ok(row.is_some())
}

async fn known(
    transaction: &BatchTransaction<'_>,
    run: &SyncRun,
) -> Result<Vec<KnownTemplate>, StorageError> {
    let statement = transaction.prepare_cached(statements::KNOWN).await?;
    let (business_id, waba_id) = key(run);
    let rows = transaction
        .query(&statement, &[&business_id, &waba_id, &run.started_at])
        .await?;
    rows.iter().map(read_known).collect()
}

/// Reads id, name, language, category, status, and whether it is newer.
pub(crate) fn read_known(row: &tokio_postgres::Row) -> Result<KnownTemplate, StorageError> {
    let template_id: &str = row.try_get(0)?;
    Ok(KnownTemplate {
        template_id: template_id.parse().map_err(|_| StorageError::Corrupt {
            column: "templates.template_id",
        })?,
        name: row.try_get(1)?,
        language: row.try_get(2)?,
        category: Category::from_meta(row.try_get(3)?),
        status: TemplateStatus::from_meta(row.try_get(4)?),
        is_newer: row.try_get(5)?,
        is_status_newer: row.try_get(6)?,
        is_category_newer: row.try_get(7)?,
    })
}

pub(crate) async fn mark_deleted(
    transaction: &BatchTransaction<'_>,
    run: &SyncRun,
    gone: &[TemplateId],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let ids: Vec<&str> = gone.iter().map(TemplateId::as_str).collect();
    let statement = transaction.prepare_cached(statements::MARK_DELETED).await?;
    transaction
        .execute(
            &statement,
            &[&run.account.business_id.as_uuid(), &ids, &now],
        )
        .await?;
    Ok(())
}

pub(crate) async fn upsert(
    transaction: &BatchTransaction<'_>,
    run: &SyncRun,
    now: DateTime<Utc>,
    listed: &[Template],
) -> Result<(), StorageError> {
    fn column<'a, T>(listed: &'a [Template], value: impl Fn(&'a Template) -> T) -> Vec<T> {
        listed.iter().map(value).collect()
    }
    let ids = column(listed, |template| template.template_id.as_str());
    let names = column(listed, |template| template.name.as_str());
    let languages = column(listed, |template| template.language.as_str());
    let categories = column(listed, |template| template.category.as_meta());
    let statuses = column(listed, |template| template.status.as_meta());
    let formats = column(listed, |template| template.parameter_format.as_str());
    let components = column(listed, |template| &template.components);
    let scores = column(listed, |template| template.quality_score.as_deref());
    let reasons = column(listed, |template| template.rejected_reason.as_deref());
    let (business_id, waba_id) = key(run);
    let statement = transaction.prepare_cached(statements::UPSERT).await?;
    transaction
        .execute(
            &statement,
            &[
                &business_id,
                &waba_id,
                &now,
                &ids,
                &names,
                &languages,
                &categories,
                &statuses,
                &formats,
                &components,
                &scores,
                &reasons,
                &run.started_at,
            ],
        )
        .await?;
    Ok(())
}

fn key(run: &SyncRun) -> (uuid::Uuid, &str) {
    (
        run.account.business_id.as_uuid(),
        run.account.waba_id.as_str(),
    )
}
