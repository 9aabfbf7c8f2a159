//! The event feed as a business reads it, and as a request of the business adds to it.
//!
//! Numbers are per business and without gaps; [`append`] locks the counter, so call it as the last writing step of the
//! transaction. Workers that cross businesses use the crate `worker-storage`.

use chrono::{DateTime, Utc};
use common::feed::FeedEvent;
use common::ids::{BusinessId, CampaignId, EventId, InboundId, MessageId, TemplateId};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use database::StorageError;
use database::schema::{event_counters, events};
use database::{BusinessScope, ScopedTransaction};

/// Rows of one insert: Postgres takes 65,535 parameters in a statement.
const MAX_ROWS: usize = 1_000;

/// An event to be appended to the feed of a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Whose event it is.
    pub business_id: BusinessId,
    /// What happened.
    pub event: FeedEvent,
    /// When it happened, which may be long before it is appended.
    pub occurred_at: DateTime<Utc>,
}

/// An event of the feed. Its type and data are those of the version that wrote it, which may be newer than this one.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its place in the business's feed, from 1.
    pub number: i64,
    /// The name of its type, such as `message.sent`.
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

type Columns = (
    events::number,
    events::type_,
    events::message_id,
    events::campaign_id,
    events::inbound_id,
    events::data,
    events::occurred_at,
);

const COLUMNS: Columns = (
    events::number,
    events::type_,
    events::message_id,
    events::campaign_id,
    events::inbound_id,
    events::data,
    events::occurred_at,
);

#[derive(Insertable)]
#[diesel(table_name = events)]
struct NewRow {
    business_id: Uuid,
    id: Uuid,
    number: i64,
    type_: &'static str,
    message_id: Option<Uuid>,
    campaign_id: Option<Uuid>,
    inbound_id: Option<Uuid>,
    data: Value,
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
        .select(COLUMNS)
        .load(&mut **transaction)
        .await?;
    Ok(rows.into_iter().map(Event::from).collect())
}

/// The newest events about a template, the newest first, at most `limit`.
///
/// # Errors
/// When the database is not available.
pub async fn of_template(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    template_id: &TemplateId,
    limit: i64,
) -> Result<Vec<Event>, StorageError> {
    // In the words of the index of this name, so that it is used.
    let is_about = sql::<Bool>("type like 'template.%' and data ->> 'template_id' = ")
        .bind::<Text, _>(template_id.as_str());
    let rows: Vec<Row> = events::table
        .filter(scope.owns(events::business_id))
        .filter(is_about)
        .order(events::number.desc())
        .limit(limit)
        .select(COLUMNS)
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
    entries: &[FeedEntry],
) -> Result<(), StorageError> {
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(());
    }
    let last: i64 = diesel::update(event_counters::table)
        .filter(scope.owns(event_counters::business_id))
        .set(event_counters::last_number.eq(event_counters::last_number + count))
        .returning(event_counters::last_number)
        .get_result(&mut **transaction)
        .await?;
    let rows = (last - count + 1..)
        .zip(entries)
        .map(|(number, entry)| NewRow::of(scope, now, number, entry))
        .collect::<Result<Vec<_>, _>>()?;
    for part in rows.chunks(MAX_ROWS) {
        diesel::insert_into(events::table)
            .values(part)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

impl NewRow {
    fn of(
        scope: &BusinessScope,
        now: DateTime<Utc>,
        number: i64,
        entry: &FeedEntry,
    ) -> Result<Self, StorageError> {
        let about = entry.event.about();
        Ok(Self {
            business_id: scope.business_id().as_uuid(),
            id: EventId::new(now).as_uuid(),
            number,
            type_: entry.event.event_type().as_str(),
            message_id: about.message_id.map(|id| id.as_uuid()),
            campaign_id: about.campaign_id.map(|id| id.as_uuid()),
            inbound_id: about.inbound_id.map(|id| id.as_uuid()),
            data: serde_json::to_value(&entry.event)
                .map_err(|error| StorageError::Refused(Box::new(error)))?,
            occurred_at: entry.occurred_at,
        })
    }
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
