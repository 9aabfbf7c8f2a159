//! Writing the transitions of messages: rows locked in the order of their keys, then written in one statement.
//!
//! Every writer of several messages locks them with [`lock`] or by the same order of its own, decides on what it sees
//! afterwards, and writes with [`apply`] what `common::message` makes of the state. Ids are bounded in each statement, so that only the partitions are read that
//! the batch touches.

use chrono::{DateTime, Utc};
use common::contact::IdentifierHash;
use common::feed::{FeedEvent, MessageEvent};
use common::ids::{BusinessId, CampaignId, MessageId, PhoneNumberId, TemplateId};
use common::message::{HeldReason, Lane, MessageState, Transition};
use common::template::Category;
use common::wire::MessageRef;
use tokio_postgres::Row;
use uuid::Uuid;

use super::claim::MessageKey;
use database::BatchTransaction;
use database::StorageError;
use storage::events::FeedEntry;

const LOCK: &str = "
    select m.business_id, m.id, m.phone_number_id, m.campaign_id, m.lane, m.template_id, m.category, m.state,
        m.held_reason, m.attempt, m.possible_duplicate, m.expires_at, m.recipient_hash,
        m.hash_version
    from messages m join (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as w (business_id, id)
        on m.business_id = w.business_id and m.id = w.id
    where m.id between $3 and $4
    order by m.business_id, m.id
    for update of m";
const APPLY: &str = "
    update messages m set state = u.state, held_reason = u.held_reason, attempt = u.attempt,
        possible_duplicate = u.possible_duplicate, settled_at = u.settled_at
    from (select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::smallint[], $5::smallint[], $6::boolean[],
            $7::timestamptz[]) limit cardinality($1))
        as u (business_id, id, state, held_reason, attempt, possible_duplicate, settled_at)
    where m.business_id = u.business_id and m.id = u.id and m.id between $8 and $9";
const FORGET_CODES: &str = "
    delete from otp_secrets o
    using (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as s (business_id, message_id)
    where o.business_id = s.business_id and o.message_id = s.message_id";

/// What names a message in the tables beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageKeys {
    /// Whose message it is.
    pub business_id: BusinessId,
    /// The message.
    pub message_id: MessageId,
    /// The number that it leaves from.
    pub phone_number_id: PhoneNumberId,
    /// The campaign that it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The lane that it travels in.
    pub lane: Lane,
}

/// A message that is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedMessage {
    /// Which one.
    pub subject: MessageKeys,
    /// Its template, if it is one.
    pub template_id: Option<TemplateId>,
    /// The template's category, or that of messages without one.
    pub category: Category,
    /// Where it stands.
    pub state: MessageState,
    /// Why it is held, when it is.
    pub held_reason: Option<HeldReason>,
    /// How many attempts were begun.
    pub attempt: u16,
    /// Whether it was sent a second time without knowing of the first.
    pub possible_duplicate: bool,
    /// After this it is not sent any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// The keyed hash of the identifier that it goes to.
    pub recipient_hash: IdentifierHash,
    /// The version of that hash.
    pub hash_version: i16,
}

/// The transition of one message, with what its row says afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StateTransition {
    pub(super) key: MessageKey,
    pub(super) to: Transition,
    pub(super) attempt: u16,
    pub(super) possible_duplicate: bool,
}

/// Keys as columns, with the bounds of their ids.
pub(super) struct Keys {
    pub(super) businesses: Vec<Uuid>,
    pub(super) messages: Vec<Uuid>,
    pub(super) first: Uuid,
    pub(super) last: Uuid,
}

impl MessageKeys {
    /// The message in a job. The trace of the request that it came with is not kept.
    #[must_use]
    pub const fn job(&self) -> MessageRef {
        MessageRef {
            business_id: self.business_id,
            message_id: self.message_id,
            trace_id: None,
        }
    }

    /// The entry of the feed for what happened to the message.
    pub(super) const fn entry(&self, event: MessageEvent, occurred_at: DateTime<Utc>) -> FeedEntry {
        FeedEntry {
            business_id: self.business_id,
            event: FeedEvent::Message {
                message_id: self.message_id,
                campaign_id: self.campaign_id,
                event,
            },
            occurred_at,
        }
    }

    /// Reads `business_id`, `id`, `phone_number_id`, `campaign_id` and `lane`, which stand first in the row.
    pub(super) fn read(row: &Row) -> Result<Self, StorageError> {
        let number: &str = row.try_get(2)?;
        let campaign: Option<Uuid> = row.try_get(3)?;
        Ok(Self {
            business_id: BusinessId::from_uuid(row.try_get(0)?),
            message_id: MessageId::from_uuid(row.try_get(1)?),
            phone_number_id: number
                .parse()
                .map_err(|_| corrupt("messages.phone_number_id"))?,
            campaign_id: campaign.map(CampaignId::from_uuid),
            lane: Lane::from_code(row.try_get(4)?).ok_or(corrupt("messages.lane"))?,
        })
    }
}

impl LockedMessage {
    pub(super) const fn key(&self) -> MessageKey {
        (self.subject.business_id, self.subject.message_id)
    }

    fn read(row: &Row) -> Result<Self, StorageError> {
        let held_reason: Option<i16> = row.try_get(8)?;
        Ok(Self {
            subject: MessageKeys::read(row)?,
            template_id: template_id(row.try_get(5)?)?,
            category: Category::from_code(row.try_get(6)?),
            state: MessageState::from_code(row.try_get(7)?).ok_or(corrupt("messages.state"))?,
            held_reason: held_reason.and_then(HeldReason::from_code),
            attempt: attempt(row.try_get(9)?)?,
            possible_duplicate: row.try_get(10)?,
            expires_at: row.try_get(11)?,
            recipient_hash: row
                .try_get::<_, &[u8]>(12)?
                .try_into()
                .map_err(|_| corrupt("messages.recipient_hash"))?,
            hash_version: row.try_get(13)?,
        })
    }
}

impl Keys {
    /// `None` when there is no key.
    pub(super) fn of(keys: impl IntoIterator<Item = (BusinessId, MessageId)>) -> Option<Self> {
        let (businesses, messages): (Vec<Uuid>, Vec<Uuid>) = keys
            .into_iter()
            .map(|(business, message)| (business.as_uuid(), message.as_uuid()))
            .unzip();
        let (first, last) = (*messages.iter().min()?, *messages.iter().max()?);
        Some(Self {
            businesses,
            messages,
            first,
            last,
        })
    }
}

/// Locks messages in the order of their keys and reads them. With `skip_locked`, those that another transaction works on
/// are skipped instead of waited for.
pub(super) async fn lock(
    transaction: &BatchTransaction<'_>,
    keys: impl IntoIterator<Item = (BusinessId, MessageId)>,
    skip_locked: bool,
) -> Result<Vec<LockedMessage>, StorageError> {
    let Some(keys) = Keys::of(keys) else {
        return Ok(Vec::new());
    };
    let wait = if skip_locked { " skip locked" } else { "" };
    let statement = transaction.prepare_cached(&format!("{LOCK}{wait}")).await?;
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&keys.businesses, &keys.messages, &keys.first, &keys.last];
    let rows = transaction.query(&statement, &parameters).await?;
    rows.iter().map(LockedMessage::read).collect()
}

/// Writes the transitions of locked messages; what is settled says when.
pub(super) async fn apply(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    changes: &[StateTransition],
) -> Result<(), StorageError> {
    let Some(keys) = Keys::of(changes.iter().map(|row| row.key)) else {
        return Ok(());
    };
    let states: Vec<i16> = changes.iter().map(|row| row.to.state().code()).collect();
    let reasons: Vec<Option<i16>> = changes
        .iter()
        .map(|row| row.to.held().map(HeldReason::code))
        .collect();
    let attempts = changes
        .iter()
        .map(|row| attempt_code(row.attempt))
        .collect::<Result<Vec<_>, _>>()?;
    let duplicates: Vec<bool> = changes.iter().map(|row| row.possible_duplicate).collect();
    let settled_at = |row: &StateTransition| row.to.state().is_settled().then_some(now);
    let settled: Vec<Option<DateTime<Utc>>> = changes.iter().map(settled_at).collect();
    let statement = transaction.prepare_cached(APPLY).await?;
    transaction
        .execute(
            &statement,
            &[
                &keys.businesses,
                &keys.messages,
                &states,
                &reasons,
                &attempts,
                &duplicates,
                &settled,
                &keys.first,
                &keys.last,
            ],
        )
        .await?;
    Ok(())
}

/// The transition of a message whose row stands in a state that does not allow it: the row was changed by other means.
pub(super) const fn unexpected_state() -> StorageError {
    corrupt("messages.state")
}

/// Deletes the one-time codes of messages that need them no more.
pub(super) async fn forget_codes(
    transaction: &BatchTransaction<'_>,
    keys: impl IntoIterator<Item = (BusinessId, MessageId)>,
) -> Result<(), StorageError> {
    let Some(keys) = Keys::of(keys) else {
        return Ok(());
    };
    let statement = transaction.prepare_cached(FORGET_CODES).await?;
    transaction
        .execute(&statement, &[&keys.businesses, &keys.messages])
        .await?;
    Ok(())
}

/// The template of a message; messages that are none have no id.
pub(super) fn template_id(text: Option<&str>) -> Result<Option<TemplateId>, StorageError> {
    let id = text.map(|text| text.parse().map_err(|_| corrupt("messages.template_id")));
    id.transpose()
}

pub(super) fn attempt(code: i16) -> Result<u16, StorageError> {
    u16::try_from(code).map_err(|_| corrupt("messages.attempt"))
}

pub(super) fn attempt_code(attempt: u16) -> Result<i16, StorageError> {
    i16::try_from(attempt).map_err(|_| corrupt("messages.attempt"))
}

pub(super) const fn corrupt(column: &'static str) -> StorageError {
    StorageError::Corrupt { column }
}
