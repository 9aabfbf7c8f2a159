//! Appending to the event feed inside a worker's transaction.
//!
//! Numbers are per business, without gaps, and taken from a row that is locked until the transaction ends, so that a
//! reader past 2 has seen 1. The counters are locked in the order of their businesses and after every other row: call
//! [`append`] once, as the last writing step of the transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::ids::{BusinessId, CampaignId, EventId, InboundId, MessageId};
use serde_json::Value;
use uuid::Uuid;

use crate::error::StorageError;
use crate::store::BatchTransaction;

const LOCK: &str = "select business_id from event_counters where business_id = any($1) order by business_id for update";
const COUNT: &str = "update event_counters c set last_number = c.last_number + n.events
    from unnest($1::uuid[], $2::bigint[]) as n (business_id, events)
    where c.business_id = n.business_id
    returning c.business_id, c.last_number - n.events";
const INSERT: &str = "insert into events
        (business_id, id, number, type, message_id, campaign_id, inbound_id, data, occurred_at)
    select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[],
        $8::jsonb[], $9::timestamptz[])";

/// What an event tells; the word stands in the feed and never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventType {
    /// Meta took the message and gave it an id.
    MessageSubmitted,
    /// It left Meta's servers.
    MessageSent,
    /// It reached the recipient's device.
    MessageDelivered,
    /// The recipient opened it.
    MessageRead,
    /// The recipient played it.
    MessagePlayed,
    /// Meta could not deliver it.
    MessageFailed,
    /// Meta refused it for good.
    MessageRejected,
    /// It waits; the data say for what.
    MessageHeld,
    /// Its time passed before it left.
    MessageExpired,
    /// The recipient opted out.
    MessageSuppressed,
    /// It was taken back before it left.
    MessageCancelled,
    /// Nobody can say whether Meta took it, and it is not sent again.
    MessageUnresolved,
    /// It is sent once more although Meta may have taken it before.
    MessagePossibleDuplicate,
    /// A client wrote.
    InboundReceived,
    /// A client wants no more messages.
    ContactOptedOut,
    /// A client wants messages again.
    ContactOptedIn,
    /// A phone number belongs to somebody else than before: the new contact has none of the old one's history.
    ContactNumberReassigned,
    /// A campaign began.
    CampaignStarted,
    /// A campaign was paused.
    CampaignPaused,
    /// A campaign goes on.
    CampaignResumed,
    /// A campaign was stopped for good.
    CampaignCancelled,
    /// Every planned row of a campaign was released.
    CampaignCompleted,
    /// A number can send.
    NumberConnected,
    /// A number cannot send; the data say why.
    NumberStopped,
    /// A number was taken out of service by its business.
    NumberDisconnected,
    /// What a number has to send is held until Meta answers clearly again; the data say why.
    NumberBreakerOpened,
    /// Meta answers clearly again, and the number sends.
    NumberBreakerClosed,
    /// What Meta says of a number's quality, throughput or messaging limit changed.
    NumberLimitsChanged,
    /// Meta's word on a template changed.
    TemplateStatusChanged,
}

/// An event that has no number yet.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedEvent {
    /// Whose event it is.
    pub business_id: BusinessId,
    /// What it tells.
    pub event_type: EventType,
    /// The message that it is about.
    pub message_id: Option<MessageId>,
    /// The campaign that it is about.
    pub campaign_id: Option<CampaignId>,
    /// The client's message that it is about.
    pub inbound_id: Option<InboundId>,
    /// States, codes and flags; never personal data.
    pub data: Value,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

impl EventType {
    /// The stable word in the feed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessageSubmitted => "message.submitted",
            Self::MessageSent => "message.sent",
            Self::MessageDelivered => "message.delivered",
            Self::MessageRead => "message.read",
            Self::MessagePlayed => "message.played",
            Self::MessageFailed => "message.failed",
            Self::MessageRejected => "message.rejected",
            Self::MessageHeld => "message.held",
            Self::MessageExpired => "message.expired",
            Self::MessageSuppressed => "message.suppressed",
            Self::MessageCancelled => "message.cancelled",
            Self::MessageUnresolved => "message.unresolved",
            Self::MessagePossibleDuplicate => "message.possible_duplicate",
            Self::InboundReceived => "inbound.received",
            Self::ContactOptedOut => "contact.opted_out",
            Self::ContactOptedIn => "contact.opted_in",
            Self::ContactNumberReassigned => "contact.number_reassigned",
            Self::CampaignStarted => "campaign.started",
            Self::CampaignPaused => "campaign.paused",
            Self::CampaignResumed => "campaign.resumed",
            Self::CampaignCancelled => "campaign.cancelled",
            Self::CampaignCompleted => "campaign.completed",
            Self::NumberConnected => "number.connected",
            Self::NumberStopped => "number.stopped",
            Self::NumberDisconnected => "number.disconnected",
            Self::NumberBreakerOpened => "number.breaker_opened",
            Self::NumberBreakerClosed => "number.breaker_closed",
            Self::NumberLimitsChanged => "number.limits_changed",
            Self::TemplateStatusChanged => "template.status_changed",
        }
    }
}

impl FeedEvent {
    /// An event about nothing but the business itself, to be told more with the `with_…` functions.
    #[must_use]
    pub const fn new(
        business_id: BusinessId,
        event_type: EventType,
        data: Value,
        occurred_at: DateTime<Utc>,
    ) -> Self {
        Self {
            business_id,
            event_type,
            message_id: None,
            campaign_id: None,
            inbound_id: None,
            data,
            occurred_at,
        }
    }

    /// Says which message it is about.
    #[must_use]
    pub const fn with_message(mut self, message_id: MessageId) -> Self {
        self.message_id = Some(message_id);
        self
    }

    /// Says which campaign it is about.
    #[must_use]
    pub const fn with_campaign(mut self, campaign_id: Option<CampaignId>) -> Self {
        self.campaign_id = campaign_id;
        self
    }

    /// Says which message of a client it is about.
    #[must_use]
    pub const fn with_inbound(mut self, inbound_id: InboundId) -> Self {
        self.inbound_id = Some(inbound_id);
        self
    }
}

/// Numbers the events of each business in the order given and stores them. `now` dates their ids, and with them the
/// partition that they stand in; `occurred_at` may be older.
///
/// # Errors
/// When the database is not available, or a business has no counter.
pub async fn append(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    events: &[FeedEvent],
) -> Result<(), StorageError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut next_numbers = reserve(transaction, events).await?;
    let mut numbers = Vec::with_capacity(events.len());
    for event in events {
        let next = next_numbers
            .get_mut(&event.business_id)
            .ok_or(StorageError::Corrupt {
                column: "event_counters.last_number",
            })?;
        *next += 1;
        numbers.push(*next);
    }
    insert(transaction, now, events, &numbers).await
}

/// Raises the counters by what is needed; the last number of each business before that.
async fn reserve(
    transaction: &BatchTransaction<'_>,
    events: &[FeedEvent],
) -> Result<BTreeMap<BusinessId, i64>, StorageError> {
    let mut counts: BTreeMap<Uuid, i64> = BTreeMap::new();
    for event in events {
        *counts.entry(event.business_id.as_uuid()).or_default() += 1;
    }
    let (businesses, counts): (Vec<Uuid>, Vec<i64>) = counts.into_iter().unzip();
    let lock = transaction.prepare_cached(LOCK).await?;
    transaction.query(&lock, &[&businesses]).await?;
    let count = transaction.prepare_cached(COUNT).await?;
    let rows = transaction.query(&count, &[&businesses, &counts]).await?;
    rows.iter()
        .map(|row| Ok((BusinessId::from_uuid(row.try_get(0)?), row.try_get(1)?)))
        .collect()
}

async fn insert(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    events: &[FeedEvent],
    numbers: &[i64],
) -> Result<(), StorageError> {
    fn column<'a, T>(events: &'a [FeedEvent], value: impl Fn(&'a FeedEvent) -> T) -> Vec<T> {
        events.iter().map(value).collect()
    }
    let businesses = column(events, |event| event.business_id.as_uuid());
    let ids = column(events, |_| EventId::new(now).as_uuid());
    let types = column(events, |event| event.event_type.as_str());
    let messages = column(events, |event| event.message_id.map(|id| id.as_uuid()));
    let campaigns = column(events, |event| event.campaign_id.map(|id| id.as_uuid()));
    let inbound = column(events, |event| event.inbound_id.map(|id| id.as_uuid()));
    let data = column(events, |event| &event.data);
    let times = column(events, |event| event.occurred_at);
    let statement = transaction.prepare_cached(INSERT).await?;
    transaction
        .execute(
            &statement,
            &[
                &businesses,
                &ids,
                &numbers,
                &types,
                &messages,
                &campaigns,
                &inbound,
                &data,
                &times,
            ],
        )
        .await?;
    Ok(())
}
