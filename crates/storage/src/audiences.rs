//! Audiences of campaigns. Each import makes one beside the one in place, and takes its place when it is complete: until
//! then nobody waits for the campaign, and a failed import leaves everything as it was.
//!
//! An audience that lost its place, or whose import failed, is discarded: the janitor deletes it with its rows.

use chrono::{DateTime, Utc};
use common::ids::{AudienceId, CampaignId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use database::StorageError;
use database::schema::{audiences, campaigns};
use database::{BusinessScope, ScopedTransaction};

/// Begins an empty audience, in a transaction of its own.
pub(crate) async fn begin(
    scope: &BusinessScope,
    campaign_id: CampaignId,
    now: DateTime<Utc>,
) -> Result<AudienceId, StorageError> {
    let audience_id = AudienceId::new(now);
    let mut transaction = scope.begin().await?;
    diesel::insert_into(audiences::table)
        .values((
            audiences::business_id.eq(scope.business_id().as_uuid()),
            audiences::audience_id.eq(audience_id.as_uuid()),
            audiences::campaign_id.eq(campaign_id.as_uuid()),
            audiences::created_at.eq(now),
        ))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(audience_id)
}

/// Puts an audience in the place of the one that the campaign has, which it gives back. The campaign must be locked.
///
/// # Errors
/// [`StorageError::NotFound`] when the audience was discarded meanwhile.
pub(crate) async fn adopt(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    (campaign_id, audience_id): (CampaignId, AudienceId),
    now: DateTime<Utc>,
) -> Result<Option<AudienceId>, StorageError> {
    let of_business = audiences::table.filter(scope.owns(audiences::business_id));
    let wanted = of_business
        .filter(audiences::audience_id.eq(audience_id.as_uuid()))
        .filter(audiences::discarded_at.is_null());
    let adopted = diesel::update(wanted)
        .set(audiences::adopted_at.eq(now))
        .execute(&mut **transaction)
        .await?;
    if adopted == 0 {
        return Err(StorageError::NotFound);
    }
    let campaign = campaigns::table
        .filter(scope.owns(campaigns::business_id))
        .filter(campaigns::campaign_id.eq(campaign_id.as_uuid()));
    let previous: Option<Uuid> = campaign
        .select(campaigns::audience_id)
        .first(&mut **transaction)
        .await?;
    diesel::update(campaign)
        .set(campaigns::audience_id.eq(audience_id.as_uuid()))
        .execute(&mut **transaction)
        .await?;
    if let Some(previous) = previous {
        let previous = of_business.filter(audiences::audience_id.eq(previous));
        diesel::update(previous)
            .set(audiences::discarded_at.eq(now))
            .execute(&mut **transaction)
            .await?;
    }
    Ok(previous.map(AudienceId::from_uuid))
}

/// Discards an audience whose import failed. One that took its place stays.
///
/// # Errors
/// When the database is not available: the janitor discards it later.
pub async fn discard(
    scope: &BusinessScope,
    audience_id: AudienceId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut transaction = scope.begin().await?;
    let unfinished = audiences::table
        .filter(scope.owns(audiences::business_id))
        .filter(audiences::audience_id.eq(audience_id.as_uuid()))
        .filter(audiences::adopted_at.is_null())
        .filter(audiences::discarded_at.is_null());
    diesel::update(unfinished)
        .set(audiences::discarded_at.eq(now))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
