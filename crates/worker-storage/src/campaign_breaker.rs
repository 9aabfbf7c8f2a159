//! What decides whether a running campaign is paused by the product itself, and the pause.

use chrono::{DateTime, Utc};
use common::campaign::{CampaignTransition, PauseReason};
use common::ids::{BusinessId, CampaignId, first_uuid_at};
use common::message::MessageState;
use common::template::TemplateStatus;
use const_format::formatcp;
use tokio_postgres::Row;

use super::campaign_changes;
use super::conditions::CAMPAIGN_DISPATCHED;
use super::transitions::corrupt;
use database::StorageError;
use database::{BatchRole, Store};

const RUNNING: &str = formatcp!("
    select c.business_id, c.campaign_id, coalesce(c.evaluated_from, c.created_at), c.pause_reason, n.quality_rating, t.status
    from campaigns c
        join phone_numbers n on n.business_id = c.business_id and n.phone_number_id = c.phone_number_id
        join templates t on t.business_id = c.business_id and t.template_id = c.template_id
    where {CAMPAIGN_DISPATCHED}");
// Of the newest messages those that Meta gave its word on; those that only it took say nothing yet.
const VERDICTS: &str = "
    select r.state, r.error_code, count(*) from (
        select m.state, m.error_code from (
            select state, error_code from messages
            where business_id = $1 and campaign_id = $2 and id >= $3 order by id desc limit $4) as m
        where m.state = any($5) limit $6) as r
    group by r.state, r.error_code";
// Against a status that changes at the same moment: whoever approves the template resumes its campaigns.
const LOCK_TEMPLATE: &str = "
    select t.status from campaigns c
        join templates t on t.business_id = c.business_id and t.template_id = c.template_id
    where c.business_id = $1 and c.campaign_id = $2 for share of t";

/// How many of a campaign's newest messages are looked at, at most, to find its last verdicts: what a number of 1,000 messages
/// a second sends in twenty seconds. So late may Meta's word on them come; the search ends when it has found enough.
const NEWEST: i64 = 20_000;

/// A running campaign, and all that may pause it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedCampaign {
    /// Whose it is.
    pub business_id: BusinessId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Since when it runs.
    pub evaluated_from: DateTime<Utc>,
    /// Why it was paused last, if the product did that: a person resumed it nevertheless.
    pub overruled: Option<PauseReason>,
    /// Meta's word on the number: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_rating: String,
    /// Meta's word on the template.
    pub template_status: TemplateStatus,
}

/// How many of the last messages came to an end, or got so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerdictCount {
    /// Where they stand.
    pub state: MessageState,
    /// Meta's code, when they failed.
    pub error_code: Option<i32>,
    /// How many.
    pub messages: i64,
}

/// The campaigns that are running.
///
/// # Errors
/// When the database is not available.
pub async fn running(store: &Store) -> Result<Vec<JudgedCampaign>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(RUNNING).await?;
    let rows = transaction.query(&statement, &[]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<JudgedCampaign, StorageError> {
    let overruled: Option<i16> = row.try_get(3)?;
    Ok(JudgedCampaign {
        business_id: BusinessId::from_uuid(row.try_get(0)?),
        campaign_id: CampaignId::from_uuid(row.try_get(1)?),
        evaluated_from: row.try_get(2)?,
        overruled: overruled.and_then(PauseReason::from_code),
        quality_rating: row.try_get(4)?,
        template_status: TemplateStatus::from_meta(row.try_get(5)?),
    })
}

/// What Meta said to the last messages of a campaign, at most `limit` of them.
///
/// # Errors
/// When the database is not available.
pub async fn verdicts(
    store: &Store,
    campaign: &JudgedCampaign,
    limit: i64,
) -> Result<Vec<VerdictCount>, StorageError> {
    let verdicts = MessageState::ALL
        .into_iter()
        .filter(|state| state.is_verdict());
    let states: Vec<i16> = verdicts.map(MessageState::code).collect();
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(VERDICTS).await?;
    let (business_id, campaign_id) = (campaign.business_id, campaign.campaign_id);
    let first = first_uuid_at(campaign.evaluated_from);
    let rows = transaction
        .query(
            &statement,
            &[
                &business_id.as_uuid(),
                &campaign_id.as_uuid(),
                &first,
                &NEWEST,
                &states,
                &limit,
            ],
        )
        .await?;
    let count = |row: &Row| {
        Ok(VerdictCount {
            state: MessageState::from_code(row.try_get(0)?).ok_or(corrupt("messages.state"))?,
            error_code: row.try_get(1)?,
            messages: row.try_get(2)?,
        })
    };
    rows.iter().map(count).collect()
}

/// Pauses a campaign that is running; what was released of it and not claimed is held by its claim. Whether it was
/// running, and its template as it was judged.
///
/// # Errors
/// When the database is not available.
pub async fn pause(
    store: &Store,
    now: DateTime<Utc>,
    campaign: &JudgedCampaign,
    reason: PauseReason,
) -> Result<bool, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let key = (campaign.business_id, campaign.campaign_id);
    let template = transaction
        .query_one(LOCK_TEMPLATE, &[&key.0.as_uuid(), &key.1.as_uuid()])
        .await?;
    let status = TemplateStatus::from_meta(template.try_get(0)?);
    if status.is_sendable() != campaign.template_status.is_sendable() {
        return Ok(false);
    }
    let pause = CampaignTransition::Pause(Some(reason));
    let is_paused = campaign_changes::apply(&transaction, now, key, pause).await?;
    if is_paused {
        transaction.commit().await?;
    }
    Ok(is_paused)
}
