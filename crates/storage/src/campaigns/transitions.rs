//! The messages of a campaign on their way between `accepted`, `held` and `cancelled`.
//!
//! They are found by their rows in `due_messages`, which every message of a campaign has from its release until it is
//! settled: those of a campaign that is almost over are few. They are locked by id before they are touched, so that a
//! claim that is under way is waited for and never overwritten.

use chrono::{DateTime, Utc};
use common::ids::first_uuid_at;
use common::message::{HeldReason, MessageState};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, SmallInt};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Campaign;
use crate::timers::{self, DueKind};
use database::StorageError;
use database::schema::{due_messages, messages};
use database::{BusinessScope, ScopedTransaction};

/// The campaign's messages in the given states, locked in the order of their ids.
pub(super) async fn lock(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
    states: &[MessageState],
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
    let states: Vec<i16> = states.iter().map(|state| state.code()).collect();
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

/// The messages that a pause of the campaign holds, locked in the order of their ids.
pub(super) async fn lock_held(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
) -> Result<Vec<Uuid>, StorageError> {
    let reason = HeldReason::CampaignPaused.code();
    let waiting: Vec<Uuid> = due_messages::table
        .filter(scope.owns(due_messages::business_id))
        .filter(due_messages::kind.eq(DueKind::Held.code()))
        .filter(due_messages::held_reason.eq(reason))
        .filter(due_messages::phone_number_id.eq(&campaign.phone_number_id))
        .filter(due_messages::campaign_id.eq(campaign.id.as_uuid()))
        .select(due_messages::message_id)
        .load(&mut **transaction)
        .await?;
    let locked = messages::table
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq_any(waiting))
        .filter(messages::state.eq(MessageState::Held.code()))
        .filter(messages::held_reason.eq(reason))
        .order(messages::id)
        .select(messages::id)
        .for_update()
        .load(&mut **transaction)
        .await?;
    Ok(locked)
}

/// Holds locked messages until the campaign is resumed; one that has an end waits no longer than that.
pub(super) async fn hold(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    ids: &[Uuid],
) -> Result<(), StorageError> {
    let reason = HeldReason::CampaignPaused.code();
    set_state(
        transaction,
        scope,
        ids,
        MessageState::Held,
        Some(reason),
        None,
    )
    .await?;
    let waiting = messages::table
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq_any(ids))
        .select((
            messages::business_id,
            messages::id,
            messages::phone_number_id,
            messages::campaign_id,
            messages::lane,
            DueKind::Held.code().into_sql::<SmallInt>(),
            Some(reason).into_sql::<Nullable<SmallInt>>(),
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
    Ok(())
}

/// Frees locked messages for a claim.
pub(super) async fn free(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    ids: &[Uuid],
) -> Result<(), StorageError> {
    set_state(transaction, scope, ids, MessageState::Accepted, None, None).await?;
    timers::publish_unless_claimed(transaction, scope, ids).await
}

/// Takes locked messages back for good.
pub(super) async fn cancel(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    ids: &[Uuid],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    set_state(
        transaction,
        scope,
        ids,
        MessageState::Cancelled,
        None,
        Some(now),
    )
    .await?;
    diesel::delete(due_messages::table)
        .filter(scope.owns(due_messages::business_id))
        .filter(due_messages::message_id.eq_any(ids))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

async fn set_state(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    ids: &[Uuid],
    state: MessageState,
    held_reason: Option<i16>,
    settled_at: Option<DateTime<Utc>>,
) -> Result<(), StorageError> {
    diesel::update(messages::table)
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq_any(ids))
        .set((
            messages::state.eq(state.code()),
            messages::held_reason.eq(held_reason),
            messages::settled_at.eq(settled_at),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
