//! Held messages whose reason is gone: whoever removes a reason frees its messages at once, and this finds the rest.
//!
//! A message of a cancelled campaign is held for nothing, whatever the reason: freed, its claim cancels it. It is found
//! here when the refusal that holds it came after the cancel.

use crate::codes::HELD;
use crate::conditions::{
    BREAKER_CLOSED, CAMPAIGN_ENDS_MESSAGES, CAMPAIGN_HOLDS_NOTHING, CONSENT_FRESH,
    NUMBER_NOT_STOPPED, TEMPLATE_SENDABLE,
};
use const_format::formatcp;
use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::ids::{BusinessId, MessageId};
use common::message::HeldReason;

use super::{Reaped, messaging_limit};
use crate::claim::MessageKey;
use crate::release::{WhenLocked, release};
use crate::transitions::MessageKeys;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

const OF_NUMBERS: &str = formatcp!("
    select d.business_id, d.message_id from due_messages d
        join phone_numbers n on n.business_id = d.business_id and n.phone_number_id = d.phone_number_id
    where d.kind = {HELD} and d.held_reason = $1");
const NUMBER_CONNECTED: &str = formatcp!("{OF_NUMBERS} and {NUMBER_NOT_STOPPED} limit $2");
const WITHOUT_BREAKER: &str = formatcp!("{OF_NUMBERS} and {BREAKER_CLOSED} limit $2");
const CAMPAIGN_NOT_PAUSED: &str = formatcp!(
    "
    select d.business_id, d.message_id from due_messages d
        left join campaigns c on c.business_id = d.business_id and c.campaign_id = d.campaign_id
    where d.kind = {HELD} and d.held_reason = $1 and {CAMPAIGN_HOLDS_NOTHING} limit $2"
);
const TEMPLATE_APPROVED: &str = formatcp!(
    "
    select d.business_id, d.message_id from due_messages d
        join messages m on m.business_id = d.business_id and m.id = d.message_id
        join templates t on t.business_id = m.business_id and t.template_id = m.template_id
    where d.kind = {HELD} and d.held_reason = $1 and {TEMPLATE_SENDABLE} limit $2"
);
const CONSENT_KNOWN: &str = formatcp!("
    select d.business_id, d.message_id from due_messages d
    where d.kind = {HELD} and d.held_reason = $1
        and exists (select from watermarks k where k.name = 'consent_applied_until' and {CONSENT_FRESH}) limit $2");
// Whoever uploads releases the messages of the file, and takes the upload out only then.
const NOT_TO_BE_UPLOADED: &str = formatcp!("
    select d.business_id, d.message_id from due_messages d
        join messages m on m.business_id = d.business_id and m.id = d.message_id
    where d.kind = {HELD} and d.held_reason = $1
        and not exists (select from due_media_uploads u where u.business_id = m.business_id and u.media_id = m.media_id
            and u.phone_number_id = m.phone_number_id)
    limit $2");

const OF_CANCELLED_CAMPAIGNS: &str = formatcp!(
    "
    select d.business_id, d.message_id from due_messages d
        join campaigns c on c.business_id = d.business_id and c.campaign_id = d.campaign_id
    where d.kind = {HELD} and d.held_reason = $1 and {CAMPAIGN_ENDS_MESSAGES} limit $2"
);

/// Which held messages are freed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Freeing {
    /// What held them.
    pub reason: HeldReason,
    /// Up to when every opt-out must be applied for those that waited for that.
    pub consent_since: DateTime<Utc>,
    /// The share of each messaging limit that is for one-time codes, for those that waited for a place; `None` looks for
    /// those whose recipient wrote meanwhile instead.
    pub reserved: Option<f64>,
    /// About so many.
    pub limit: i64,
    /// After how long a lost job is published again.
    pub republish_after: Duration,
}

/// Frees messages of a reason that holds no more; they are the caller's to publish.
///
/// # Errors
/// When the database is not available: what was freed until then is free, and published after `republish_after`.
pub async fn free_held(store: &Store, freeing: Freeing) -> Result<Reaped, StorageError> {
    let candidates: Vec<_> = candidates(store, freeing).await?.into_iter().collect();
    let (reason, republish_after) = (freeing.reason, freeing.republish_after);
    let free = async |keys: &[MessageKey]| free(store, reason, keys, republish_after).await;
    match free(&candidates).await {
        Ok(messages) => {
            return Ok(Reaped {
                messages,
                ..Reaped::default()
            });
        }
        Err(error) if error.is_unavailable() => return Err(error),
        Err(_) => {}
    }
    // One message keeps the others from being freed.
    let mut reaped = Reaped::default();
    for key in candidates {
        match free(&[key]).await {
            Ok(messages) => reaped.messages.extend(messages),
            Err(error) if error.is_unavailable() => return Err(error),
            Err(error) => reaped.failed.push((key, error)),
        }
    }
    Ok(reaped)
}

async fn free(
    store: &Store,
    reason: HeldReason,
    keys: &[MessageKey],
    republish_after: Duration,
) -> Result<Vec<MessageKeys>, StorageError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let freed = release(
        &transaction,
        keys,
        reason,
        WhenLocked::Skip,
        republish_after,
    )
    .await?;
    transaction.commit().await?;
    Ok(freed)
}

/// Those whose reason is gone, and those of cancelled campaigns; each once.
async fn candidates(store: &Store, freeing: Freeing) -> Result<BTreeSet<MessageKey>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let mut found: BTreeSet<MessageKey> = match (freeing.reason, freeing.reserved) {
        (HeldReason::MessagingLimit, Some(reserved)) => {
            messaging_limit::with_room(&transaction, reserved, freeing.limit).await?
        }
        (HeldReason::MessagingLimit, None) => {
            messaging_limit::answered(&transaction, freeing.limit).await?
        }
        _ => without_reason(&transaction, freeing).await?,
    }
    .into_iter()
    .collect();
    let (reason, limit) = (freeing.reason.code(), freeing.limit);
    let statement = transaction.prepare_cached(OF_CANCELLED_CAMPAIGNS).await?;
    let held = transaction.query(&statement, &[&reason, &limit]).await?;
    for row in &held {
        found.insert(key(row)?);
    }
    Ok(found)
}

/// Those whose reason is gone, by what the database knows of it.
async fn without_reason(
    transaction: &BatchTransaction<'_>,
    freeing: Freeing,
) -> Result<Vec<MessageKey>, StorageError> {
    let (code, limit) = (freeing.reason.code(), freeing.limit);
    let sql = match freeing.reason {
        HeldReason::NumberStopped => NUMBER_CONNECTED,
        HeldReason::CampaignPaused => CAMPAIGN_NOT_PAUSED,
        HeldReason::TemplateNotApproved => TEMPLATE_APPROVED,
        HeldReason::ConsentLag => CONSENT_KNOWN,
        HeldReason::BreakerOpen => WITHOUT_BREAKER,
        HeldReason::MediaNotUploaded => NOT_TO_BE_UPLOADED,
        HeldReason::MessagingLimit => return Ok(Vec::new()),
    };
    let statement = transaction.prepare_cached(sql).await?;
    let rows = match freeing.reason {
        HeldReason::ConsentLag => {
            let since = &freeing.consent_since;
            transaction
                .query(&statement, &[&code, &limit, since])
                .await?
        }
        _ => transaction.query(&statement, &[&code, &limit]).await?,
    };
    rows.iter().map(key).collect()
}

fn key(row: &tokio_postgres::Row) -> Result<MessageKey, StorageError> {
    Ok((
        BusinessId::from_uuid(row.try_get(0)?),
        MessageId::from_uuid(row.try_get(1)?),
    ))
}
