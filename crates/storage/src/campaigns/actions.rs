//! What an action does to a campaign and to its messages, in one transaction with the events that tell of it.
//!
//! The caller holds the campaign's lock and has asked `common::campaign` whether the action is allowed.

use chrono::{DateTime, Utc};
use common::campaign::CampaignState;
use common::feed::{CampaignEvent, FeedEvent, Hold, MessageEvent};
use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::{HeldReason, MessageState};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Campaign, transitions};
use crate::events::{self, FeedEntry};
use database::StorageError;
use database::schema::campaigns;
use database::{BusinessScope, ScopedTransaction};

/// What an action writes to the campaign itself; a time that is not given stays as it is.
#[derive(Default, AsChangeset)]
#[diesel(table_name = campaigns)]
struct Change {
    state: i16,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    /// `Some(None)` takes the reason back.
    pause_reason: Option<Option<i16>>,
    evaluated_from: Option<DateTime<Utc>>,
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

/// Lets the release of the campaign's rows begin.
///
/// # Errors
/// When the database is not available.
pub async fn start(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let state = CampaignState::Running.code();
    let change = Change {
        state,
        started_at: Some(now),
        ..Change::default()
    };
    set_campaign(transaction, scope, campaign, &change).await?;
    let builder = EventBuilder::of(scope, campaign, now);
    let started = builder.campaign(CampaignEvent::Started {});
    events::append(transaction, scope, now, &[started]).await
}

/// Stops the release and holds what was released and not claimed yet.
///
/// # Errors
/// When the database is not available.
pub async fn pause(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let change = Change {
        state: CampaignState::Paused.code(),
        pause_reason: Some(None),
        ..Change::default()
    };
    set_campaign(transaction, scope, campaign, &change).await?;
    let held = transitions::lock(transaction, scope, campaign, &[MessageState::Accepted]).await?;
    transitions::hold(transaction, scope, &held).await?;
    let builder = EventBuilder::of(scope, campaign, now);
    let hold = Hold::BeforePost {
        reason: HeldReason::CampaignPaused,
    };
    let mut entries = vec![builder.campaign(CampaignEvent::Paused { reason: None })];
    entries.extend(builder.messages(&held, MessageEvent::Held(hold)));
    events::append(transaction, scope, now, &entries).await
}

/// Lets the release go on and frees what the pause held; the messages are the caller's to publish after the commit.
///
/// # Errors
/// When the database is not available.
pub async fn resume(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    now: DateTime<Utc>,
) -> Result<Vec<MessageId>, StorageError> {
    // The reason stays, as one that a person overruled.
    let change = Change {
        state: CampaignState::Running.code(),
        evaluated_from: Some(now),
        ..Change::default()
    };
    set_campaign(transaction, scope, campaign, &change).await?;
    let held = transitions::lock_held(transaction, scope, campaign).await?;
    transitions::free(transaction, scope, &held).await?;
    let builder = EventBuilder::of(scope, campaign, now);
    let resumed = builder.campaign(CampaignEvent::Resumed {});
    events::append(transaction, scope, now, &[resumed]).await?;
    Ok(held.into_iter().map(MessageId::from_uuid).collect())
}

/// Stops the campaign for good: nothing more is released, and what has not left is taken back. A message that is being
/// posted, or of which nobody knows whether Meta has it, goes its own way.
///
/// # Errors
/// When the database is not available.
pub async fn cancel(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let state = CampaignState::Cancelled.code();
    let change = Change {
        state,
        ended_at: Some(now),
        ..Change::default()
    };
    set_campaign(transaction, scope, campaign, &change).await?;
    let waiting = [
        MessageState::Accepted,
        MessageState::Held,
        MessageState::RetryWait,
    ];
    let cancelled = transitions::lock(transaction, scope, campaign, &waiting).await?;
    transitions::cancel(transaction, scope, &cancelled, now).await?;
    let builder = EventBuilder::of(scope, campaign, now);
    let mut entries = vec![builder.campaign(CampaignEvent::Cancelled {})];
    entries.extend(builder.messages(&cancelled, MessageEvent::Cancelled { reason: None }));
    events::append(transaction, scope, now, &entries).await
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
