//! What a transition of a campaign does to its messages.
//!
//! They are found by their rows in `due_messages`, which every message of a campaign has from its release until it is
//! settled: those of a campaign that is almost over are few. They are locked by id before they are touched, so that a
//! claim that is under way is waited for and never overwritten.

use chrono::{DateTime, Utc};
use common::ids::{MessageId, first_uuid_at};
use common::message::{Cause, DueKind, HeldReason, MessageState};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, SmallInt};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Campaign;
use crate::release;
use database::StorageError;
use database::schema::{due_messages, messages};
use database::{BusinessScope, ScopedTransaction};

/// The campaign's messages whose state is open to the cause, locked in the order of their ids.
async fn lock(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    cause: Cause,
) -> Result<Vec<Uuid>, StorageError> {
    let waiting: Vec<Uuid> = due_messages::table
        .filter(scope.owns(due_messages::business_id))
        // The lane of campaigns, written out because an index depends on it.
        .filter(sql::<Bool>("lane = 3"))
        .filter(due_messages::phone_number_id.eq(&campaign.phone_number_id))
        .filter(due_messages::campaign_id.eq(campaign.id.as_uuid()))
        .select(due_messages::message_id)
        .load(&mut **transaction)
        .await?;
    let states: Vec<i16> = MessageState::open_to(cause)
        .map(MessageState::code)
        .collect();
    let locked = messages::table
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq_any(waiting))
        // No message is older than its campaign: the partitions before it are not looked at.
        .filter(messages::id.ge(first_uuid_at(campaign.created_at)))
        .filter(messages::state.eq_any(states))
        .order(messages::id)
        .select(messages::id)
        .for_update()
        .load(&mut **transaction)
        .await?;
    Ok(locked)
}

/// Releases the messages that a pause of the campaign holds; they are the caller's to publish after the commit.
pub(super) async fn release(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
) -> Result<Vec<MessageId>, StorageError> {
    let reason = HeldReason::CampaignPaused;
    let waiting: Vec<Uuid> = due_messages::table
        .filter(scope.owns(due_messages::business_id))
        .filter(due_messages::kind.eq(DueKind::Held.code()))
        .filter(due_messages::held_reason.eq(reason.code()))
        .filter(due_messages::phone_number_id.eq(&campaign.phone_number_id))
        .filter(due_messages::campaign_id.eq(campaign.id.as_uuid()))
        .select(due_messages::message_id)
        .load(&mut **transaction)
        .await?;
    let released = release::release(transaction, scope, &waiting, reason).await?;
    Ok(released.into_iter().map(|(_, id)| id).collect())
}

/// Holds the messages that no claim took until the campaign is resumed; one that expires waits no longer than that.
pub(super) async fn hold(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, StorageError> {
    let reason = HeldReason::CampaignPaused;
    let cause = Cause::Held(reason);
    let ids = lock(transaction, scope, campaign, cause).await?;
    set_state(transaction, scope, &ids, cause, now).await?;
    let waiting = messages::table
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq_any(&ids))
        .select((
            messages::business_id,
            messages::id,
            messages::phone_number_id,
            messages::campaign_id,
            messages::lane,
            DueKind::Held.code().into_sql::<SmallInt>(),
            Some(reason.code()).into_sql::<Nullable<SmallInt>>(),
            messages::expires_at,
        ));
    diesel::insert_into(due_messages::table)
        .values(waiting)
        .into_columns((
            due_messages::business_id,
            due_messages::message_id,
            due_messages::phone_number_id,
            due_messages::campaign_id,
            due_messages::lane,
            due_messages::kind,
            due_messages::held_reason,
            due_messages::due_at,
        ))
        .on_conflict((due_messages::business_id, due_messages::message_id))
        .do_update()
        .set((
            due_messages::kind.eq(excluded(due_messages::kind)),
            due_messages::held_reason.eq(excluded(due_messages::held_reason)),
            due_messages::due_at.eq(excluded(due_messages::due_at)),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(ids)
}

/// Cancels the messages that wait.
pub(super) async fn cancel(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, StorageError> {
    let cause = Cause::CampaignCancelled;
    let ids = lock(transaction, scope, campaign, cause).await?;
    set_state(transaction, scope, &ids, cause, now).await?;
    diesel::delete(due_messages::table)
        .filter(scope.owns(due_messages::business_id))
        .filter(due_messages::message_id.eq_any(&ids))
        .execute(&mut **transaction)
        .await?;
    Ok(ids)
}

/// Writes the state of messages that are locked and open to the cause, which leads to the same state from each.
async fn set_state(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    ids: &[Uuid],
    cause: Cause,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let Some(to) = MessageState::open_to(cause).find_map(|state| state.after(cause)) else {
        return Ok(());
    };
    diesel::update(messages::table)
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq_any(ids))
        .set((
            messages::state.eq(to.state().code()),
            messages::held_reason.eq(to.held().map(HeldReason::code)),
            messages::settled_at.eq(to.state().is_settled().then_some(now)),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
