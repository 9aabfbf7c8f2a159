//! The transitions that workers make of running campaigns: a pause with a reason, and the completion. What happens to
//! the messages is left to their claims.

use chrono::{DateTime, Utc};
use common::campaign::{CampaignState, CampaignTime, CampaignTransition, PauseReason};
use common::feed::FeedEvent;
use common::ids::{BusinessId, CampaignId};
use const_format::formatcp;

use super::conditions::CAMPAIGN_DISPATCHED;
use super::events;
use database::{BatchTransaction, StorageError};
use storage::events::FeedEntry;

const WRITE: &str = formatcp!(
    "
    update campaigns c set state = $3, pause_reason = case when $4 then $5 else c.pause_reason end,
        ended_at = coalesce($6, c.ended_at)
    where c.business_id = $1 and c.campaign_id = $2 and {CAMPAIGN_DISPATCHED}"
);

/// Makes the transition if the campaign is running, with its event; whether it was running.
pub(super) async fn apply(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    (business_id, campaign_id): (BusinessId, CampaignId),
    transition: CampaignTransition,
) -> Result<bool, StorageError> {
    let Ok(Some(change)) = CampaignState::Running.after(transition) else {
        return Ok(false);
    };
    let pause_reason = change.pause_reason();
    let code = pause_reason.flatten().map(PauseReason::code);
    let ended_at = (change.time == CampaignTime::Ended).then_some(now);
    let changed = transaction
        .execute(
            WRITE,
            &[
                &business_id.as_uuid(),
                &campaign_id.as_uuid(),
                &change.state.code(),
                &pause_reason.is_some(),
                &code,
                &ended_at,
            ],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    let entry = FeedEntry {
        business_id,
        event: FeedEvent::Campaign {
            campaign_id,
            event: change.event,
        },
        occurred_at: now,
    };
    events::append(transaction, now, &[entry]).await?;
    Ok(true)
}
