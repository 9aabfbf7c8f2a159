//! Freeing the messages that waited for a template.
//!
//! They are to be published at once, which the reaper does: the release holds with its commit and needs no broker. A
//! message that is held by a claim which read the template's old status is freed by the next run.

use common::ids::TemplateId;
use common::message::{HeldReason, MessageState};
use uuid::Uuid;

use super::{Account, statements};
use database::StorageError;
use database::{BatchTransaction, Store};
use storage::timers::DueKind;

/// How many messages one transaction frees.
const CHUNK: i64 = 500;

/// Frees the messages that wait for one of the templates, which may be sent; how many.
///
/// # Errors
/// When the database is not available; what was freed until then stays free.
pub async fn release_held(
    store: &Store,
    account: &Account,
    sendable: &[TemplateId],
) -> Result<u64, StorageError> {
    let template_ids: Vec<&str> = sendable.iter().map(TemplateId::as_str).collect();
    let business_id = account.business_id.as_uuid();
    let mut released = 0;
    loop {
        let mut connection = store.business_batch(account.business_id).await?;
        let transaction = connection.begin().await?;
        let ids = lock_held(&transaction, business_id, &template_ids).await?;
        if ids.is_empty() {
            return Ok(released);
        }
        let statement = transaction
            .prepare_cached(statements::RELEASE_MESSAGES)
            .await?;
        released += transaction
            .execute(
                &statement,
                &[&business_id, &ids, &MessageState::Accepted.code()],
            )
            .await?;
        let statement = transaction.prepare_cached(statements::RELEASE_DUE).await?;
        transaction
            .execute(&statement, &[&business_id, &ids, &DueKind::Publish.code()])
            .await?;
        transaction.commit().await?;
    }
}

async fn lock_held(
    transaction: &BatchTransaction<'_>,
    business_id: Uuid,
    template_ids: &[&str],
) -> Result<Vec<Uuid>, StorageError> {
    let statement = transaction.prepare_cached(statements::LOCK_HELD).await?;
    let reason = HeldReason::TemplateNotApproved.code();
    let state = MessageState::Held.code();
    let rows = transaction
        .query(
            &statement,
            &[&business_id, &template_ids, &reason, &state, &CHUNK],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
