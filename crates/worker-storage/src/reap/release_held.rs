//! Held messages whose reason is gone: whoever removes a reason frees its messages at once, and this finds the rest.
//!
//! A message of a cancelled campaign is held for nothing, whatever the reason: freed, its claim cancels it. It is found
//! here when the refusal that holds it came after the cancel.

use crate::codes::{CONNECTED, HELD};
use const_format::formatcp;
use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::campaign::CampaignState;
use common::ids::{BusinessId, MessageId};
use common::message::{HeldReason, MessageState};
use common::template::TemplateStatus;

use super::{Reaped, messaging_limit};
use crate::claim::MessageKey;
use crate::timers::{self, Timer};
use crate::transitions::{self, MessageKeys};
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

const NUMBER_CONNECTED: &str = formatcp!("
    select d.business_id, d.message_id from due_messages d
        join phone_numbers n on n.business_id = d.business_id and n.phone_number_id = d.phone_number_id
    where d.kind = {HELD} and d.held_reason = $1 and n.connection = {CONNECTED}
        and exists (select from access_tokens a where a.business_id = n.business_id and a.waba_id = n.waba_id)
    limit $2");
const CAMPAIGN_NOT_PAUSED: &str = formatcp!(
    "
    select d.business_id, d.message_id from due_messages d
        left join campaigns c on c.business_id = d.business_id and c.campaign_id = d.campaign_id
    where d.kind = {HELD} and d.held_reason = $1 and c.state is distinct from $3 limit $2"
);
const TEMPLATE_SENDABLE: &str = formatcp!(
    "
    select d.business_id, d.message_id from due_messages d
        join messages m on m.business_id = d.business_id and m.id = d.message_id
        join templates t on t.business_id = m.business_id and t.template_id = m.template_id
    where d.kind = {HELD} and d.held_reason = $1 and upper(t.status) = any($3) limit $2"
);
const CONSENT_FRESH: &str = formatcp!("
    select d.business_id, d.message_id from due_messages d
    where d.kind = {HELD} and d.held_reason = $1
        and exists (select from watermarks where name = 'consent_applied_until' and up_to_time >= $3) limit $2");
const BREAKER_CLOSED: &str = formatcp!("
    select d.business_id, d.message_id from due_messages d
        join phone_numbers n on n.business_id = d.business_id and n.phone_number_id = d.phone_number_id
    where d.kind = {HELD} and d.held_reason = $1 and n.breaker_opened_at is null limit $2");
// Whoever uploads frees the messages of the file, and takes the upload out only then.
const NOT_TO_BE_UPLOADED: &str = formatcp!("
    select d.business_id, d.message_id from due_messages d
        join messages m on m.business_id = d.business_id and m.id = d.message_id
    where d.kind = {HELD} and d.held_reason = $1
        and not exists (select from due_media_uploads u where u.business_id = m.business_id and u.media_id = m.media_id
            and u.phone_number_id = m.phone_number_id)
    limit $2");

const CAMPAIGN_CANCELLED: &str = formatcp!(
    "
    select d.business_id, d.message_id from due_messages d
        join campaigns c on c.business_id = d.business_id and c.campaign_id = d.campaign_id
    where d.kind = {HELD} and d.held_reason = $1 and c.state = $3 limit $2"
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
pub async fn free_held(
    store: &Store,
    now: DateTime<Utc>,
    freeing: Freeing,
) -> Result<Reaped, StorageError> {
    let candidates: Vec<_> = candidates(store, freeing).await?.into_iter().collect();
    let (reason, republish_after) = (freeing.reason, freeing.republish_after);
    let free = async |keys: &[MessageKey]| free(store, now, reason, keys, republish_after).await;
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
    now: DateTime<Utc>,
    reason: HeldReason,
    keys: &[MessageKey],
    republish_after: Duration,
) -> Result<Vec<MessageKeys>, StorageError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let freed = free_within(&transaction, now, reason, keys, republish_after).await?;
    transaction.commit().await?;
    Ok(freed)
}

/// Frees those of the messages that are held for the reason and that nobody else works on.
pub(crate) async fn free_within(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    reason: HeldReason,
    keys: &[MessageKey],
    republish_after: Duration,
) -> Result<Vec<MessageKeys>, StorageError> {
    let mut locked = transitions::lock(transaction, keys.iter().copied(), true).await?;
    locked.retain(|row| row.state == MessageState::Held && row.held_reason == Some(reason));
    let moved: Vec<_> = locked
        .iter()
        .map(|row| row.to(MessageState::Accepted, None, now))
        .collect();
    transitions::apply(transaction, &moved).await?;
    let timers: Vec<_> = locked
        .iter()
        .map(|row| (row.subject.clone(), Timer::Publish(republish_after)))
        .collect();
    timers::put(transaction, &timers).await?;
    Ok(locked.into_iter().map(|row| row.subject).collect())
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
    let statement = transaction.prepare_cached(CAMPAIGN_CANCELLED).await?;
    let cancelled = CampaignState::Cancelled.code();
    let held = transaction
        .query(&statement, &[&reason, &limit, &cancelled])
        .await?;
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
    let paused = CampaignState::Paused.code();
    let sql = match freeing.reason {
        HeldReason::NumberStopped => NUMBER_CONNECTED,
        HeldReason::CampaignPaused => CAMPAIGN_NOT_PAUSED,
        HeldReason::TemplateNotApproved => TEMPLATE_SENDABLE,
        HeldReason::ConsentLag => CONSENT_FRESH,
        HeldReason::BreakerOpen => BREAKER_CLOSED,
        HeldReason::MediaNotUploaded => NOT_TO_BE_UPLOADED,
        HeldReason::MessagingLimit => return Ok(Vec::new()),
    };
    let statement = transaction.prepare_cached(sql).await?;
    let rows = match freeing.reason {
        HeldReason::CampaignPaused => {
            transaction
                .query(&statement, &[&code, &limit, &paused])
                .await?
        }
        HeldReason::TemplateNotApproved => {
            let sendable = TemplateStatus::SENDABLE.as_slice();
            transaction
                .query(&statement, &[&code, &limit, &sendable])
                .await?
        }
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
