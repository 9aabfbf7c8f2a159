//! Freeing the messages that waited for a template.
//!
//! They are to be published at once, which the reaper does: the release holds with its commit and needs no broker. A
//! message that is held by a claim which read the template's old status is freed by the next run.

use std::time::Duration;

use common::ids::{BusinessId, MessageId, TemplateId};
use common::message::{HeldReason, MessageState};

use super::{Account, statements};
use crate::claim::MessageKey;
use crate::release::{CHUNK, WhenLocked, release};
use database::StorageError;
use database::{BatchTransaction, Store};

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
    let mut released = 0;
    loop {
        let mut connection = store.business_batch(account.business_id).await?;
        let transaction = connection.begin().await?;
        let waiting = waiting(&transaction, account.business_id, &template_ids).await?;
        if waiting.is_empty() {
            return Ok(released);
        }
        let freed = release(
            &transaction,
            &waiting,
            HeldReason::TemplateNotApproved,
            WhenLocked::Wait,
            Duration::ZERO,
        )
        .await?;
        transaction.commit().await?;
        released += u64::try_from(freed.len()).unwrap_or_default();
    }
}

async fn waiting(
    transaction: &BatchTransaction<'_>,
    business_id: BusinessId,
    template_ids: &[&str],
) -> Result<Vec<MessageKey>, StorageError> {
    let statement = transaction
        .prepare_cached(statements::WAITING_FOR_TEMPLATES)
        .await?;
    let reason = HeldReason::TemplateNotApproved.code();
    let state = MessageState::Held.code();
    let rows = transaction
        .query(
            &statement,
            &[
                &business_id.as_uuid(),
                &template_ids,
                &reason,
                &state,
                &CHUNK,
            ],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((business_id, MessageId::from_uuid(row.try_get(0)?))))
        .collect()
}
