//! Campaigns of a business: one template to the rows of one audience.
//!
//! The row of a campaign is locked by whoever changes its state, puts another audience in place, or releases its rows into
//! messages: none of them overtakes another.

mod actions;
mod progress;
mod transitions;

use chrono::{DateTime, Utc};
use common::campaign::{CampaignState, PauseReason};
use common::ids::{AudienceId, BusinessId, CampaignId};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::BusinessKeys;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::campaign_recipients::AudienceReport;
use database::StorageError;
use database::schema::{campaigns, templates};
use database::seal_contexts;
use database::{BusinessScope, ScopedTransaction};

pub use actions::apply;
pub use progress::{MessageCount, progress};

/// A campaign to be made, as a draft.
pub struct NewCampaign<'a> {
    /// Its id.
    pub id: CampaignId,
    /// Its name, for people.
    pub name: &'a str,
    /// The number that its messages leave from.
    pub phone_number_id: &'a str,
    /// Its template.
    pub template_id: &'a str,
    /// What fills which variable of the template.
    pub variables: &'a Value,
    /// When it is made.
    pub created_at: DateTime<Utc>,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Its name, for people.
    pub name: String,
    /// The number that its messages leave from.
    pub phone_number_id: String,
    /// Its template.
    pub template_id: String,
    /// Name and language of the template.
    pub template: (String, String),
    /// Where it stands.
    pub state: CampaignState,
    /// Why the product paused it, while it is paused; `None` when a person did.
    pub pause_reason: Option<PauseReason>,
    /// What fills which variable of the template: [`Campaign::variables`].
    variables_sealed: Option<Vec<u8>>,
    /// Rows of the audience and what becomes of them.
    pub rows: RowCounts,
    /// The audience that is in place; `None` before the first import.
    pub audience_id: Option<AudienceId>,
    /// What its import found; `None` before the first one.
    pub audience: Option<AudienceReport>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was started.
    pub started_at: Option<DateTime<Utc>>,
    /// When its last row was released, or when it was cancelled.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The rows of an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Queryable, Selectable)]
#[diesel(table_name = campaigns, check_for_backend(Pg))]
pub struct RowCounts {
    /// All rows of the file.
    #[diesel(column_name = rows_read)]
    pub read: i32,
    /// Those that get a message.
    #[diesel(column_name = rows_planned)]
    pub planned: i32,
    /// Those that are skipped.
    #[diesel(column_name = rows_skipped)]
    pub skipped: i32,
    /// Those whose message exists.
    #[diesel(column_name = rows_released)]
    pub released: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = campaigns, check_for_backend(Pg))]
struct Row {
    campaign_id: Uuid,
    name: String,
    phone_number_id: String,
    template_id: String,
    state: i16,
    pause_reason: Option<i16>,
    variables_sealed: Option<Vec<u8>>,
    #[diesel(embed)]
    rows: RowCounts,
    audience_id: Option<Uuid>,
    audience: Option<Value>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<(Row, (String, String))> for Campaign {
    type Error = StorageError;

    fn try_from((row, template): (Row, (String, String))) -> Result<Self, StorageError> {
        let corrupt = |column| StorageError::Corrupt { column };
        let audience = row.audience.map(serde_json::from_value).transpose();
        let state = CampaignState::from_code(row.state).ok_or(corrupt("campaigns.state"))?;
        let pause_reason = row.pause_reason.and_then(PauseReason::from_code);
        Ok(Self {
            id: CampaignId::from_uuid(row.campaign_id),
            name: row.name,
            phone_number_id: row.phone_number_id,
            template_id: row.template_id,
            template,
            state,
            pause_reason: pause_reason.filter(|_| state == CampaignState::Paused),
            variables_sealed: row.variables_sealed,
            rows: row.rows,
            audience_id: row.audience_id.map(AudienceId::from_uuid),
            audience: audience.map_err(|_| corrupt("campaigns.audience"))?,
            created_at: row.created_at,
            started_at: row.started_at,
            ended_at: row.ended_at,
        })
    }
}

impl Campaign {
    /// What fills which variable of the template, opened with the keys of the business. The texts in it are what clients
    /// read, and may name them.
    ///
    /// # Errors
    /// When the value cannot be opened.
    pub fn variables(&self, keys: &BusinessKeys) -> Result<Value, StorageError> {
        let Some(sealed) = &self.variables_sealed else {
            return Ok(Value::Object(Map::new()));
        };
        let (business_id, id) = (BusinessId::from_uuid(keys.business_id()), self.id.as_uuid());
        let opened = keys.open(&seal_contexts::campaign_variables(business_id, &id), sealed)?;
        serde_json::from_slice(&opened).map_err(|_| StorageError::Corrupt {
            column: "campaigns.variables_sealed",
        })
    }
}

/// Makes a campaign; its variables are sealed with the keys of the business.
///
/// # Errors
/// When the database is not available, or refuses it because the number or the template is not there.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    campaign: &NewCampaign<'_>,
) -> Result<(), StorageError> {
    let id = campaign.id.as_uuid();
    let context = seal_contexts::campaign_variables(scope.business_id(), &id);
    let variables = serde_json::to_vec(campaign.variables)
        .map_err(|error| StorageError::Refused(Box::new(error)))?;
    let variables_sealed = keys.seal(&context, &variables)?;
    diesel::insert_into(campaigns::table)
        .values((
            campaigns::business_id.eq(scope.business_id().as_uuid()),
            campaigns::campaign_id.eq(campaign.id.as_uuid()),
            campaigns::name.eq(campaign.name),
            campaigns::phone_number_id.eq(campaign.phone_number_id),
            campaigns::template_id.eq(campaign.template_id),
            campaigns::state.eq(CampaignState::Draft.code()),
            campaigns::variables_sealed.eq(variables_sealed),
            campaigns::created_at.eq(campaign.created_at),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// One campaign.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such campaign.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign_id: CampaignId,
) -> Result<Campaign, StorageError> {
    let row: (Row, (String, String)) = campaigns::table
        .inner_join(templates::table.on(of_campaign()))
        .filter(scope.owns(campaigns::business_id))
        .filter(scope.owns(templates::business_id))
        .filter(campaigns::campaign_id.eq(campaign_id.as_uuid()))
        .select((Row::as_select(), (templates::name, templates::language)))
        .first(&mut **transaction)
        .await?;
    row.try_into()
}

/// One campaign, locked until the transaction ends.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such campaign.
pub async fn lock(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign_id: CampaignId,
) -> Result<Campaign, StorageError> {
    let _locked: Uuid = campaigns::table
        .filter(scope.owns(campaigns::business_id))
        .filter(campaigns::campaign_id.eq(campaign_id.as_uuid()))
        .select(campaigns::campaign_id)
        .for_update()
        .first(&mut **transaction)
        .await?;
    find(transaction, scope, campaign_id).await
}

/// Campaigns, newest first, at most `limit`.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    before: Option<CampaignId>,
    limit: i64,
) -> Result<Vec<Campaign>, StorageError> {
    let before = before.map_or(Uuid::max(), |id| id.as_uuid());
    let rows: Vec<(Row, (String, String))> = campaigns::table
        .inner_join(templates::table.on(of_campaign()))
        .filter(scope.owns(campaigns::business_id))
        .filter(scope.owns(templates::business_id))
        .filter(campaigns::campaign_id.lt(before))
        .order(campaigns::campaign_id.desc())
        .limit(limit)
        .select((Row::as_select(), (templates::name, templates::language)))
        .load(&mut **transaction)
        .await?;
    rows.into_iter().map(Campaign::try_from).collect()
}

/// The template of a campaign, of the same business.
#[diesel::dsl::auto_type]
fn of_campaign() -> _ {
    templates::business_id
        .eq(campaigns::business_id)
        .and(templates::template_id.eq(campaigns::template_id))
}
