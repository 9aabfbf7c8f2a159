//! Writes a transition of a campaign and what it does to its messages, in one transaction with the events that report it.
//!
//! The caller holds the campaign's lock and has the change from `common::campaign`, which decides.

use chrono::{DateTime, Utc};
use common::campaign::{CampaignChange, CampaignMessages, CampaignTime, PauseReason};
use common::feed::{CampaignEvent, FeedEvent, Hold, MessageEvent};
use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::HeldReason;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Campaign, transitions};
use crate::events::{self, FeedEntry};
use database::StorageError;
use database::schema::campaigns;
use database::{BusinessScope, ScopedTransaction};

/// What an action writes to the campaign itself; a time that is not given stays as it is.
#[derive(AsChangeset)]
#[diesel(table_name = campaigns)]
struct Change {
    state: i16,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    /// `Some(None)` takes the reason back.
    pause_reason: Option<Option<i16>>,
    evaluated_from: Option<DateTime<Utc>>,
}

impl Change {
    fn of(change: &CampaignChange, now: DateTime<Utc>) -> Self {
        let at = |time| (change.time == time).then_some(now);
        Self {
            state: change.state.code(),
            started_at: at(CampaignTime::Started),
            ended_at: at(CampaignTime::Ended),
            pause_reason: change
                .pause_reason()
                .map(|reason| reason.map(PauseReason::code)),
            evaluated_from: at(CampaignTime::EvaluatedFrom),
        }
    }
}

/// The events of one action.
struct EventBuilder {
    business_id: BusinessId,
    campaign_id: CampaignId,
    now: DateTime<Utc>,
}

impl EventBuilder {
    const fn of(scope: &BusinessScope, campaign: &Campaign, now: DateTime<Utc>) -> Self {
        Self {
            business_id: scope.business_id(),
            campaign_id: campaign.id,
            now,
        }
    }

    fn campaign(&self, event: CampaignEvent) -> FeedEntry {
        self.entry(FeedEvent::Campaign {
            campaign_id: self.campaign_id,
            event,
        })
    }

    fn messages(&self, ids: &[Uuid], event: MessageEvent) -> impl Iterator<Item = FeedEntry> {
        ids.iter().map(move |id| {
            self.entry(FeedEvent::Message {
                message_id: MessageId::from_uuid(*id),
                campaign_id: Some(self.campaign_id),
                event,
            })
        })
    }

    const fn entry(&self, event: FeedEvent) -> FeedEntry {
        FeedEntry {
            business_id: self.business_id,
            event,
            occurred_at: self.now,
        }
    }
}

/// Writes what a transition changes in a campaign and its messages. Messages that it releases are the caller's to
/// publish after the commit.
///
/// # Errors
/// When the database is not available.
pub async fn apply(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    change: &CampaignChange,
    now: DateTime<Utc>,
) -> Result<Vec<MessageId>, StorageError> {
    set_campaign(transaction, scope, campaign, &Change::of(change, now)).await?;
    let builder = EventBuilder::of(scope, campaign, now);
    let mut entries = vec![builder.campaign(change.event)];
    let mut released = Vec::new();
    match change.messages {
        CampaignMessages::LeftToClaims => {}
        CampaignMessages::Held => {
            let held = transitions::hold(transaction, scope, campaign, now).await?;
            let reason = HeldReason::CampaignPaused;
            let event = MessageEvent::Held(Hold::BeforePost { reason });
            entries.extend(builder.messages(&held, event));
        }
        CampaignMessages::Released => {
            released = transitions::release(transaction, scope, campaign).await?;
        }
        CampaignMessages::Cancelled => {
            let cancelled = transitions::cancel(transaction, scope, campaign, now).await?;
            let event = MessageEvent::Cancelled { reason: None };
            entries.extend(builder.messages(&cancelled, event));
        }
    }
    events::append(transaction, scope, now, &entries).await?;
    Ok(released)
}

async fn set_campaign(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    change: &Change,
) -> Result<(), StorageError> {
    diesel::update(campaigns::table)
        .filter(scope.owns(campaigns::business_id))
        .filter(campaigns::campaign_id.eq(campaign.id.as_uuid()))
        .set(change)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
