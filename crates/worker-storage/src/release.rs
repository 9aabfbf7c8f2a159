//! The release of held messages by workers, in whatever role their transaction is; `storage::release` has the
//! statement.

use std::time::Duration;

use common::message::HeldReason;

use super::claim::MessageKey;
use super::transitions::{Keys, MessageKeys};
use database::{BatchTransaction, StorageError};
use storage::release::{RELEASE, RELEASE_UNLOCKED};

/// How many messages are released in one transaction.
pub(super) const CHUNK: i64 = 500;

/// What to do about a message that another transaction has locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenLocked {
    /// Wait for it.
    Wait,
    /// Skip it.
    Skip,
}

/// Releases those of the messages that are held for the reason; they are published after `publish_in`, unless they are
/// claimed before.
pub(super) async fn release(
    transaction: &BatchTransaction<'_>,
    messages: &[MessageKey],
    reason: HeldReason,
    when_locked: WhenLocked,
    publish_in: Duration,
) -> Result<Vec<MessageKeys>, StorageError> {
    let Some(keys) = Keys::of(messages.iter().copied()) else {
        return Ok(Vec::new());
    };
    let sql = match when_locked {
        WhenLocked::Wait => RELEASE,
        WhenLocked::Skip => RELEASE_UNLOCKED,
    };
    let publish_in = i64::try_from(publish_in.as_millis()).unwrap_or(i64::MAX);
    let statement = transaction.prepare_cached(sql).await?;
    let rows = transaction
        .query(
            &statement,
            &[
                &keys.businesses,
                &keys.messages,
                &keys.first,
                &keys.last,
                &reason.code(),
                &publish_in,
            ],
        )
        .await?;
    rows.iter().map(MessageKeys::read).collect()
}
