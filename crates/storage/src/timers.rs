//! Rows of `due_messages`, as a request of a business writes them; `worker_storage::timers` explains the table.

use database::schema::due_messages;
use database::{BusinessScope, ScopedTransaction, StorageError};
use diesel::ExpressionMethods;
use diesel::dsl::sql;
use diesel::sql_types::{Nullable, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// What a row of `due_messages` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKind {
    /// A sender holds a lease on the message.
    Lease,
    /// To be published when due: a retry, or a message that came back to `accepted` and whose job may be lost.
    Publish,
    /// Nobody knows whether Meta has the message; decided when due.
    Doubt,
    /// Waits for an event; due when its life ends.
    Held,
}

impl DueKind {
    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Lease => 1,
            Self::Publish => 2,
            Self::Doubt => 3,
            Self::Held => 4,
        }
    }

    /// The kind of a stored number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::Lease),
            2 => Some(Self::Publish),
            3 => Some(Self::Doubt),
            4 => Some(Self::Held),
            _ => None,
        }
    }
}

/// For a request that frees held messages of its business, which are locked: should the job that it publishes after the
/// commit get lost, the reaper publishes another after two minutes.
pub(crate) async fn publish_unless_claimed(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    messages: &[Uuid],
) -> Result<(), StorageError> {
    diesel::update(due_messages::table)
        .filter(scope.owns(due_messages::business_id))
        .filter(due_messages::message_id.eq_any(messages))
        .set((
            due_messages::kind.eq(DueKind::Publish.code()),
            due_messages::held_reason.eq(None::<i16>),
            due_messages::due_at.eq(sql::<Nullable<Timestamptz>>(
                "clock_timestamp() + interval '2 minutes'",
            )),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
