//! How far a campaign is: its messages by state and by error, counted from the rows themselves.

use common::message::MessageState;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Campaign;
use database::StorageError;
use database::schema::messages;
use database::{BusinessScope, ScopedTransaction};

/// How many messages of a campaign are in one state for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCount {
    /// Their state.
    pub state: MessageState,
    /// Meta's error code, when there is one.
    pub error_code: Option<i32>,
    /// How many.
    pub messages: i64,
}

/// The messages of a campaign, by state and error code.
///
/// # Errors
/// When the database is not available or a state is not known.
pub async fn progress(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
) -> Result<Vec<MessageCount>, StorageError> {
    let rows: Vec<(i16, Option<i32>, i64)> = messages::table
        .filter(scope.owns(messages::business_id))
        .filter(messages::campaign_id.eq(campaign.id.as_uuid()))
        // No message is older than its campaign: the partitions before it are not looked at.
        .filter(messages::id.ge(common::ids::first_uuid_at(campaign.created_at)))
        .group_by((messages::state, messages::error_code))
        .select((messages::state, messages::error_code, count_star()))
        .load(&mut **transaction)
        .await?;
    let counts = rows.into_iter().map(|(state, error_code, messages)| {
        let state = MessageState::from_code(state).ok_or(StorageError::Corrupt {
            column: "messages.state",
        })?;
        Ok(MessageCount {
            state,
            error_code,
            messages,
        })
    });
    counts.collect()
}
