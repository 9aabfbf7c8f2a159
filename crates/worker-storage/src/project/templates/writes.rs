//! Locking and writing templates, and requesting synchronisations.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use common::ids::TemplateId;
use common::template::Category;
use uuid::Uuid;

use super::known::Known;
use super::{TemplateUpdate, statements};
use database::BatchTransaction;
use database::StorageError;

/// Locks the templates that the updates mean, and others of their names.
pub(super) async fn lock(
    transaction: &BatchTransaction<'_>,
    updates: &[TemplateUpdate],
) -> Result<Vec<Known>, StorageError> {
    let wabas: Vec<&str> = updates
        .iter()
        .map(|update| update.waba_id.as_str())
        .collect();
    let ids = updates
        .iter()
        .filter_map(|update| update.template_id.as_ref());
    let ids: Vec<&str> = ids.map(TemplateId::as_str).collect();
    let names: Vec<&str> = updates.iter().map(|update| update.name.as_str()).collect();
    let statement = transaction.prepare_cached(statements::LOCK).await?;
    let rows = transaction
        .query(&statement, &[&wabas, &ids, &names])
        .await?;
    rows.iter().map(Known::read).collect()
}

pub(super) async fn write(
    transaction: &BatchTransaction<'_>,
    changed: &[&Known],
) -> Result<(), StorageError> {
    if changed.is_empty() {
        return Ok(());
    }
    fn column<'a, T>(changed: &[&'a Known], value: impl Fn(&'a Known) -> T) -> Vec<T> {
        changed.iter().map(|known| value(known)).collect()
    }
    let detected = |known: &'_ Known| -> Option<String> {
        let category = known.state.detected_category.as_ref();
        category.map(Category::to_string)
    };
    let businesses: Vec<Uuid> = column(changed, |known| known.business_id.as_uuid());
    let statement = transaction.prepare_cached(statements::WRITE).await?;
    transaction
        .execute(
            &statement,
            &[
                &businesses,
                &column(changed, |known| known.template_id.as_str()),
                &column(changed, |known| known.state.status.as_meta()),
                &column(changed, |known| known.state.status_reported_at),
                &column(changed, |known| known.state.status_note.as_deref()),
                &column(changed, |known| known.state.status_until),
                &column(changed, |known| known.state.category.as_meta()),
                &column(changed, |known| known.state.category_reported_at),
                &column(changed, detected),
                &column(changed, |known| known.state.category_detected_at),
                &column(changed, |known| known.state.category_changes_at),
                &column(changed, |known| known.state.quality.as_deref()),
                &column(changed, |known| known.state.quality_reported_at),
                &column(changed, |known| &known.state.components),
                &column(changed, |known| known.state.components_reported_at),
            ],
        )
        .await?;
    Ok(())
}

/// Has accounts synchronised; how many of them are connected.
pub(super) async fn request_sync(
    transaction: &BatchTransaction<'_>,
    accounts: &BTreeSet<&str>,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    if accounts.is_empty() {
        return Ok(0);
    }
    let accounts: Vec<&str> = accounts.iter().copied().collect();
    let lock = transaction
        .prepare_cached(statements::LOCK_ACCOUNTS)
        .await?;
    transaction.query(&lock, &[&accounts]).await?;
    let request = transaction.prepare_cached(statements::REQUEST_SYNC).await?;
    let requested = transaction.execute(&request, &[&accounts, &now]).await?;
    Ok(usize::try_from(requested).unwrap_or(usize::MAX))
}
