//! The event feed as a business reads it, and as a request of the business adds to it.
//!
//! Numbers are per business and without gaps; [`append`] locks the counter, so call it as the last writing step of the
//! transaction. Workers that cross businesses use [`crate::batch::events`].

use chrono::{DateTime, Utc};
use common::ids::{CampaignId, EventId, InboundId, MessageId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::batch::events::FeedEvent;
use crate::error::StorageError;
use crate::schema::{event_counters, events};
use crate::scope::{BusinessScope, ScopedTransaction};

/// Rows of one insert: Postgres takes 65,535 parameters in a statement.
const MAX_ROWS: usize = 1_000;

/// An event of the feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the business's feed, from 1.
    pub number: i64,
    /// What it tells, such as `message.sent`.
    pub event_type: String,
    /// The message that it is about.
    pub message_id: Option<MessageId>,
    /// The campaign that it is about.
    pub campaign_id: Option<CampaignId>,
    /// The client's message that it is about.
    pub inbound_id: Option<InboundId>,
    /// States, codes and flags.
    pub data: Value,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

type Row = (
    i64,
    String,
    Option<Uuid>,
    Option<Uuid>,
    Option<Uuid>,
    Value,
    DateTime<Utc>,
);

#[derive(Insertable)]
#[diesel(table_name = events)]
struct NewRow<'a> {
    business_id: Uuid,
    id: Uuid,
    number: i64,
    type_: &'static str,
    message_id: Option<Uuid>,
    campaign_id: Option<Uuid>,
    inbound_id: Option<Uuid>,
    data: &'a Value,
    occurred_at: DateTime<Utc>,
}

/// The events with a greater number than `after`, in their order, at most `limit`.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    after: i64,
    limit: i64,
) -> Result<Vec<Event>, StorageError> {
    let rows: Vec<Row> = events::table
        .filter(scope.owns(events::business_id))
        .filter(events::number.gt(after))
        .order(events::number)
        .limit(limit)
        .select((
            events::number,
            events::type_,
            events::message_id,
            events::campaign_id,
            events::inbound_id,
            events::data,
            events::occurred_at,
        ))
        .load(&mut **transaction)
        .await?;
    Ok(rows.into_iter().map(Event::from).collect())
}

/// Numbers events of the scope's business in the order given and stores them. `now` dates their ids, and with them the
/// partition that they stand in.
///
/// # Errors
/// When the database is not available, or the business has no counter.
pub async fn append(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    now: DateTime<Utc>,
    new: &[FeedEvent],
) -> Result<(), StorageError> {
    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(());
    }
    let last: i64 = diesel::update(event_counters::table)
        .filter(scope.owns(event_counters::business_id))
        .set(event_counters::last_number.eq(event_counters::last_number + count))
        .returning(event_counters::last_number)
        .get_result(&mut **transaction)
        .await?;
    let business_id = scope.business_id().as_uuid();
    let rows: Vec<NewRow<'_>> = (last - count + 1..)
        .zip(new)
        .map(|(number, event)| NewRow {
            business_id,
            id: EventId::new(now).as_uuid(),
            number,
            type_: event.event_type.as_str(),
            message_id: event.message_id.map(|id| id.as_uuid()),
            campaign_id: event.campaign_id.map(|id| id.as_uuid()),
            inbound_id: event.inbound_id.map(|id| id.as_uuid()),
            data: &event.data,
            occurred_at: event.occurred_at,
        })
        .collect();
    for part in rows.chunks(MAX_ROWS) {
        diesel::insert_into(events::table)
            .values(part)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

impl From<Row> for Event {
    fn from(
        (number, event_type, message_id, campaign_id, inbound_id, data, occurred_at): Row,
    ) -> Self {
        Self {
            number,
            event_type,
            message_id: message_id.map(MessageId::from_uuid),
            campaign_id: campaign_id.map(CampaignId::from_uuid),
            inbound_id: inbound_id.map(InboundId::from_uuid),
            data,
            occurred_at,
        }
    }
}
