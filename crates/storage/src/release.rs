//! The release of held messages, which is the same for every reason: those that are still held for it go back to
//! `accepted`, and their timers publish them. A caller only says which messages.
//!
//! Requests of a business run the statement with [`release`], workers with `worker_storage::release`.

use common::ids::MessageId;
use common::message::{DueKind, HeldReason, Lane, MessageState};
use const_format::formatcp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, SmallInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use database::{BusinessScope, ScopedTransaction, StorageError};

const HELD: i16 = MessageState::Held.code();
const ACCEPTED: i16 = MessageState::Accepted.code();
const PUBLISH: i16 = DueKind::Publish.code();

/// The held rows, locked in the order of their keys before anything is written.
const LOCK: &str = formatcp!("
    with held as (
        select m.business_id, m.id
        from messages m join (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as k (business_id, id)
            on m.business_id = k.business_id and m.id = k.id
        where m.id between $3 and $4 and m.state = {HELD} and m.held_reason = $5
        order by m.business_id, m.id for update of m");
const WRITE: &str = formatcp!("),
    released as (
        update messages m set state = {ACCEPTED}, held_reason = null from held h
        where m.business_id = h.business_id and m.id = h.id and m.id between $3 and $4
        returning m.business_id, m.id, m.phone_number_id, m.campaign_id, m.lane),
    timers as (
        update due_messages d set kind = {PUBLISH}, held_reason = null,
            due_at = clock_timestamp() + $6::bigint * interval '1 millisecond'
        from released r where d.business_id = r.business_id and d.message_id = r.id)
    select business_id, id, phone_number_id, campaign_id, lane from released order by business_id, id");

/// Releases those of the messages with the businesses `$1` and the ids `$2`, which lie between `$3` and `$4`, that are
/// held for the reason `$5`. They are published in `$6` milliseconds, unless they are claimed before. Rows that another
/// transaction works on are waited for.
pub const RELEASE: &str = formatcp!("{LOCK}{WRITE}");
/// The same, but rows that another transaction works on are skipped.
pub const RELEASE_UNLOCKED: &str = formatcp!("{LOCK} skip locked{WRITE}");

/// When the reaper publishes a message that a request released and whose job got lost.
const PUBLISHED_AGAIN_IN_MS: i64 = 120_000;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SmallInt)]
    lane: i16,
}

/// Releases those of the business's messages that are held for the reason. They are the caller's to publish after the
/// commit.
pub(crate) async fn release(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    messages: &[Uuid],
    reason: HeldReason,
) -> Result<Vec<(Lane, MessageId)>, StorageError> {
    let (Some(first), Some(last)) = (messages.iter().min(), messages.iter().max()) else {
        return Ok(Vec::new());
    };
    let businesses = vec![scope.business_id().as_uuid(); messages.len()];
    let rows: Vec<Row> = diesel::sql_query(RELEASE)
        .bind::<Array<SqlUuid>, _>(businesses)
        .bind::<Array<SqlUuid>, _>(messages)
        .bind::<SqlUuid, _>(first)
        .bind::<SqlUuid, _>(last)
        .bind::<SmallInt, _>(reason.code())
        .bind::<BigInt, _>(PUBLISHED_AGAIN_IN_MS)
        .load(&mut **transaction)
        .await?;
    let released = rows.into_iter().map(|row| {
        let lane = Lane::from_code(row.lane).ok_or(StorageError::Corrupt {
            column: "messages.lane",
        })?;
        Ok((lane, MessageId::from_uuid(row.id)))
    });
    released.collect()
}

#[cfg(test)]
mod tests {
    use common::message::Cause;

    use super::*;

    #[test]
    fn the_statement_makes_the_transition_of_a_release() {
        let open: Vec<_> = MessageState::open_to(Cause::Released).collect();
        assert_eq!(open, [MessageState::Held]);
        let released = MessageState::Held.after(Cause::Released).unwrap();
        assert_eq!(released.state(), MessageState::Accepted);
    }
}
