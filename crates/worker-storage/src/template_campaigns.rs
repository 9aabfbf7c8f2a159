//! The campaigns of a template that may be sent again: those that were paused because it could not be go on by themselves.
//!
//! The campaign breaker pauses them under a lock of the template. Whoever changes the template's status has locked it
//! before calling this, so no pause is missed. `common::campaign::transition` says what changes.

use chrono::{DateTime, Utc};
use common::campaign::{CampaignState, CampaignTransition, PauseReason};
use common::feed::FeedEvent;
use common::ids::{BusinessId, CampaignId};
use tokio_postgres::Row;
use uuid::Uuid;

use database::BatchTransaction;
use database::StorageError;
use storage::events::FeedEntry;

/// Campaigns are locked in the order of their keys.
const LOCK: &str = "
    select c.business_id, c.campaign_id
    from campaigns c join unnest($1::uuid[], $2::text[]) as t (business_id, template_id)
        on c.business_id = t.business_id and c.template_id = t.template_id
    where c.state = $3 and c.pause_reason = $4
    order by c.business_id, c.campaign_id for no key update of c";
const RESUME: &str = "
    update campaigns c set state = $3, evaluated_from = $4
    from unnest($1::uuid[], $2::uuid[]) as u (business_id, campaign_id)
    where c.business_id = u.business_id and c.campaign_id = u.campaign_id";

/// The business of a template, and Meta's id of it.
pub(crate) type TemplateKey<'t> = (BusinessId, &'t str);

/// Resumes what was paused for one of the templates; the entries of the feed for it. Messages that the pause holds are
/// released by the reaper.
pub(crate) async fn resume(
    transaction: &BatchTransaction<'_>,
    templates: &[TemplateKey<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<FeedEntry>, StorageError> {
    if templates.is_empty() {
        return Ok(Vec::new());
    }
    let (businesses, ids): (Vec<Uuid>, Vec<&str>) = templates
        .iter()
        .map(|(business_id, template_id)| (business_id.as_uuid(), *template_id))
        .unzip();
    let paused = CampaignState::Paused;
    let Ok(Some(change)) = paused.after(CampaignTransition::ResumeByProduct) else {
        return Ok(Vec::new());
    };
    let reason = PauseReason::TemplateRefused.code();
    let statement = transaction.prepare_cached(LOCK).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &ids, &paused.code(), &reason])
        .await?;
    let campaigns = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if campaigns.is_empty() {
        return Ok(Vec::new());
    }
    let (businesses, ids): (Vec<Uuid>, Vec<Uuid>) = campaigns.iter().copied().unzip();
    let statement = transaction.prepare_cached(RESUME).await?;
    transaction
        .execute(&statement, &[&businesses, &ids, &change.state.code(), &now])
        .await?;
    let entry = |(business_id, campaign_id): &(Uuid, Uuid)| FeedEntry {
        business_id: BusinessId::from_uuid(*business_id),
        event: FeedEvent::Campaign {
            campaign_id: CampaignId::from_uuid(*campaign_id),
            event: change.event,
        },
        occurred_at: now,
    };
    Ok(campaigns.iter().map(entry).collect())
}

fn read(row: &Row) -> Result<(Uuid, Uuid), StorageError> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}
