//! What an action does to a campaign and to its messages, in one transaction with the events that tell of it.
//!
//! The caller holds the campaign's lock and has asked `common::campaign` whether the action is allowed.

use chrono::{DateTime, Utc};
use common::campaign::CampaignState;
use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::{HeldReason, MessageState};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Campaign, transitions};
use crate::batch::events::{EventType, FeedEvent};
use crate::error::StorageError;
use crate::events;
use crate::schema::campaigns;
use crate::scope::{BusinessScope, ScopedTransaction};

/// What an action writes to the campaign itself; a time that is not given stays as it is.
#[derive(Default, AsChangeset)]
#[diesel(table_name = campaigns)]
struct Change {
    state: i16,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    /// `Some(None)` takes the reason back.
    pause_reason: Option<Option<i16>>,
    judged_from: Option<DateTime<Utc>>,
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

    fn campaign(&self, event_type: EventType) -> FeedEvent {
        self.event(event_type, json!({}))
    }

    fn messages(&self, ids: &[Uuid], event_type: EventType, data: &Value) -> Vec<FeedEvent> {
        let event = |id: &Uuid| {
            self.event(event_type, data.clone())
                .with_message(MessageId::from_uuid(*id))
        };
        ids.iter().map(event).collect()
    }

    fn event(&self, event_type: EventType, data: Value) -> FeedEvent {
        FeedEvent::new(self.business_id, event_type, data, self.now)
            .with_campaign(Some(self.campaign_id))
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
    let telling = EventBuilder::of(scope, campaign, now);
    events::append(
        transaction,
        scope,
        now,
        &[telling.campaign(EventType::CampaignStarted)],
    )
    .await
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
    let telling = EventBuilder::of(scope, campaign, now);
    let reason = json!({ "reason": HeldReason::CampaignPaused.as_str() });
    let mut told = vec![telling.campaign(EventType::CampaignPaused)];
    told.extend(telling.messages(&held, EventType::MessageHeld, &reason));
    events::append(transaction, scope, now, &told).await
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
        judged_from: Some(now),
        ..Change::default()
    };
    set_campaign(transaction, scope, campaign, &change).await?;
    let held = transitions::lock_held(transaction, scope, campaign).await?;
    transitions::free(transaction, scope, &held).await?;
    let telling = EventBuilder::of(scope, campaign, now);
    events::append(
        transaction,
        scope,
        now,
        &[telling.campaign(EventType::CampaignResumed)],
    )
    .await?;
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
    let telling = EventBuilder::of(scope, campaign, now);
    let mut told = vec![telling.campaign(EventType::CampaignCancelled)];
    told.extend(telling.messages(&cancelled, EventType::MessageCancelled, &json!({})));
    events::append(transaction, scope, now, &told).await
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
