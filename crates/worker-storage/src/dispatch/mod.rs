//! The release of campaigns: planned rows become messages, chunk by chunk.
//!
//! The database holds the backlog; what is outstanding at a number stays small, so that pause and cancel take effect at
//! once. The campaign's row is locked first, by whoever changes its state too; then the rows of the chunk, the messages,
//! the counters and the feed are written in one transaction.

mod build;
mod writes;

use crate::codes::{CAMPAIGN_LANE, PLANNED_ROW};
use crate::conditions::{CAMPAIGN_DISPATCHED, NUMBER_SENDS, OUTSTANDING};
use const_format::formatcp;
use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::campaign::CampaignTransition;
use common::ids::{AudienceId, BusinessId, CampaignId, PhoneNumberId};
use common::template::{Category, TemplateStatus};
use serde_json::Value;
use uuid::Uuid;

use super::campaign_changes;
use super::timers::{self, Timer};
use super::transitions::{MessageKeys, corrupt};
use build::{Built, PlannedRow};
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

const RUNNING: &str = formatcp!("
    select c.business_id, c.campaign_id, c.phone_number_id, n.throughput_level
    from campaigns c join phone_numbers n on n.business_id = c.business_id and n.phone_number_id = c.phone_number_id
    where {CAMPAIGN_DISPATCHED} and {NUMBER_SENDS}
    order by c.started_at");
const COUNT_OUTSTANDING: &str = formatcp!(
    "
    select d.business_id, d.phone_number_id, count(*) from due_messages d
    where d.lane = {CAMPAIGN_LANE} and d.phone_number_id = any($1) and {OUTSTANDING}
    group by d.business_id, d.phone_number_id"
);
const LOCK: &str = formatcp!("
    select c.phone_number_id, c.template_id, t.name, t.language, t.category, t.status, t.parameter_format, t.components,
        c.audience_id
    from campaigns c join templates t on t.business_id = c.business_id and t.template_id = c.template_id
    where c.business_id = $1 and c.campaign_id = $2 and {CAMPAIGN_DISPATCHED}
    for update of c");
const PLANNED: &str = formatcp!(
    "
    select row_number, hash_version, recipient_hash, recipient_sealed, variables_sealed
    from campaign_recipients
    where business_id = $1 and audience_id = $2 and row_number > $3 and state = {PLANNED_ROW}
    order by row_number limit $4"
);
const HAS_PLANNED: &str = formatcp!("
    select exists (select from campaign_recipients where business_id = $1 and audience_id = $2 and state = {PLANNED_ROW})");

/// A campaign whose rows are being released, from a number that can send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningCampaign {
    /// Whose campaign it is.
    pub business_id: BusinessId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The number that its messages leave from.
    pub phone_number_id: PhoneNumberId,
    /// Meta's word on the number's throughput.
    pub throughput_level: String,
    /// How many messages of campaigns are on their way at the number.
    pub outstanding: u64,
}

/// A chunk to release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Rows up to this one are known to be dispatched or skipped.
    pub after_row: i32,
    /// At most so many rows.
    pub rows: i64,
    /// When a message whose job was lost is published again.
    pub republish_after: Duration,
}

/// What a release came to.
#[derive(Debug, Default)]
pub struct Released {
    /// The new messages, which are the caller's to publish.
    pub messages: Vec<MessageKeys>,
    /// How many rows were skipped because their variables do not fit the template.
    pub skipped: usize,
    /// Rows up to this one are dispatched or skipped.
    pub last_row: i32,
    /// Whether no planned row is left.
    pub is_completed: bool,
}

/// The campaign and its template, while the campaign is locked.
struct Locked {
    business_id: BusinessId,
    campaign_id: CampaignId,
    audience_id: AudienceId,
    phone_number_id: PhoneNumberId,
    template_id: String,
    template: String,
    language: String,
    category: Category,
    status: TemplateStatus,
    parameter_format: String,
    components: Value,
}

/// The campaigns that are running, the oldest first, with what is outstanding at their numbers.
///
/// # Errors
/// When the database is not available.
pub async fn running(store: &Store) -> Result<Vec<RunningCampaign>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(RUNNING).await?;
    let rows = transaction.query(&statement, &[]).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = rows
        .iter()
        .map(|row| row.try_get(2))
        .collect::<Result<Vec<&str>, _>>()?;
    let statement = transaction.prepare_cached(COUNT_OUTSTANDING).await?;
    let counts = transaction.query(&statement, &[&numbers]).await?;
    let counts = counts
        .iter()
        .map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?)))
        .collect::<Result<BTreeMap<(Uuid, &str), i64>, StorageError>>()?;
    let campaigns = rows.iter().map(|row| {
        let (business, number): (Uuid, &str) = (row.try_get(0)?, row.try_get(2)?);
        // Another business may have had the number before, and messages that still wait for it.
        let outstanding = counts.get(&(business, number)).copied().unwrap_or_default();
        Ok(RunningCampaign {
            business_id: BusinessId::from_uuid(business),
            campaign_id: CampaignId::from_uuid(row.try_get(1)?),
            phone_number_id: number
                .parse()
                .map_err(|_| corrupt("campaigns.phone_number_id"))?,
            throughput_level: row.try_get(3)?,
            outstanding: u64::try_from(outstanding).unwrap_or_default(),
        })
    });
    campaigns.collect()
}

/// Releases the next chunk of a campaign. Nothing happens while the campaign is not running or its template may not be
/// sent.
///
/// # Errors
/// When the database is not available or a row cannot be opened: nothing was changed.
pub async fn dispatch(
    store: &Store,
    now: DateTime<Utc>,
    campaign: &RunningCampaign,
    chunk: Chunk,
) -> Result<Released, StorageError> {
    let keys = store.keys(campaign.business_id).await?;
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let unchanged = Released {
        last_row: chunk.after_row,
        ..Released::default()
    };
    let Some(locked) = Locked::read(&transaction, campaign).await? else {
        return Ok(unchanged);
    };
    if !locked.may_be_released() {
        return Ok(unchanged);
    }
    let rows = planned(&transaction, &locked, chunk).await?;
    let is_last = i64::try_from(rows.len()).unwrap_or(i64::MAX) < chunk.rows;
    let mut released = unchanged;
    released.last_row = rows.last().map_or(chunk.after_row, |row| row.row_number);
    let built = build::all(&keys, &locked, rows, now)?;
    write(&transaction, &locked, &built, chunk).await?;
    released.skipped = built.skipped.len();
    released.messages = built
        .messages
        .iter()
        .map(|message| message.subject(&locked))
        .collect();
    if is_last {
        let row = transaction
            .query_one(HAS_PLANNED, &[&locked.business(), &locked.audience()])
            .await?;
        released.is_completed = !row.try_get::<_, bool>(0)?;
        // A planned row before the chunk: the next one begins at the first row again.
        released.last_row = 0;
    }
    if released.is_completed {
        let key = (locked.business_id, locked.campaign_id);
        campaign_changes::apply(&transaction, now, key, CampaignTransition::Complete).await?;
    }
    transaction.commit().await?;
    Ok(released)
}

impl Locked {
    async fn read(
        transaction: &BatchTransaction<'_>,
        campaign: &RunningCampaign,
    ) -> Result<Option<Self>, StorageError> {
        let (business_id, campaign_id) = (campaign.business_id, campaign.campaign_id);
        let statement = transaction.prepare_cached(LOCK).await?;
        let row = transaction
            .query_opt(
                &statement,
                &[&business_id.as_uuid(), &campaign_id.as_uuid()],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let number: &str = row.try_get(0)?;
        Ok(Some(Self {
            business_id,
            campaign_id,
            audience_id: AudienceId::from_uuid(row.try_get(8)?),
            phone_number_id: number
                .parse()
                .map_err(|_| corrupt("campaigns.phone_number_id"))?,
            template_id: row.try_get(1)?,
            template: row.try_get(2)?,
            language: row.try_get(3)?,
            category: Category::from_meta(row.try_get(4)?),
            status: TemplateStatus::from_meta(row.try_get(5)?),
            parameter_format: row.try_get(6)?,
            components: row.try_get(7)?,
        }))
    }

    fn may_be_released(&self) -> bool {
        self.status.is_sendable() && self.category.suits_campaigns()
    }

    const fn business(&self) -> Uuid {
        self.business_id.as_uuid()
    }

    const fn campaign(&self) -> Uuid {
        self.campaign_id.as_uuid()
    }

    const fn audience(&self) -> Uuid {
        self.audience_id.as_uuid()
    }
}

async fn planned(
    transaction: &BatchTransaction<'_>,
    locked: &Locked,
    chunk: Chunk,
) -> Result<Vec<PlannedRow>, StorageError> {
    let statement = transaction.prepare_cached(PLANNED).await?;
    let rows = transaction
        .query(
            &statement,
            &[
                &locked.business(),
                &locked.audience(),
                &chunk.after_row,
                &chunk.rows,
            ],
        )
        .await?;
    rows.iter().map(PlannedRow::read).collect()
}

async fn write(
    transaction: &BatchTransaction<'_>,
    locked: &Locked,
    built: &Built,
    chunk: Chunk,
) -> Result<(), StorageError> {
    writes::messages(transaction, locked, &built.messages).await?;
    writes::recipients(transaction, locked, built).await?;
    let timers: Vec<_> = built
        .messages
        .iter()
        .map(|message| {
            (
                message.subject(locked),
                Timer::Publish(chunk.republish_after),
            )
        })
        .collect();
    timers::put(transaction, &timers).await?;
    writes::counts(transaction, locked, built).await
}
