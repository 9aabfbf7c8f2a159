//! What is due or waiting: the rows of `due_messages`, which stand beside the messages so that those stay cheap to update.
//!
//! A message has a row here from its first claim until it is settled, one of a campaign from its release on, and a message
//! that came back to `accepted` has one, so that a lost job is published again. The claim of a campaign's message leaves its
//! row alone, because each new time costs three entries of indices: when that row is due and the message is in a sender's
//! hands, the lease is waited for from then on. So a campaign's message whose sender died is found two minutes later than
//! another, or twice the age of the lane's jobs (decision 014). Delays count from the database's clock, which is the one that
//! several senders share.

use std::time::Duration;

use chrono::{DateTime, Utc};
use common::message::{DueKind, HeldReason};
use uuid::Uuid;

use super::claim::MessageKey;
use super::transitions::MessageKeys;
use database::BatchTransaction;
use database::StorageError;

const PUT: &str = "
    insert into due_messages (business_id, message_id, phone_number_id, campaign_id, lane, kind, held_reason, due_at)
    select business_id, message_id, phone_number_id, campaign_id, lane, kind, held_reason,
        coalesce(due_at, clock_timestamp() + due_in_ms * interval '1 millisecond')
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::smallint[], $6::smallint[], $7::smallint[],
            $8::timestamptz[], $9::bigint[])
        as d (business_id, message_id, phone_number_id, campaign_id, lane, kind, held_reason, due_at, due_in_ms)
    order by business_id, message_id
    on conflict (business_id, message_id) do update
        set kind = excluded.kind, held_reason = excluded.held_reason, due_at = excluded.due_at";

const PUT_IF_NONE: &str = "
    insert into due_messages (business_id, message_id, phone_number_id, campaign_id, lane, kind, due_at)
    select business_id, message_id, phone_number_id, campaign_id, lane, kind,
        clock_timestamp() + due_in_ms * interval '1 millisecond'
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::smallint[], $6::smallint[], $7::bigint[])
        as d (business_id, message_id, phone_number_id, campaign_id, lane, kind, due_in_ms)
    order by business_id, message_id
    on conflict (business_id, message_id) do nothing";

const FORGET: &str = "
    delete from due_messages d
    using (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as s (business_id, message_id)
    where d.business_id = s.business_id and d.message_id = s.message_id";

const POSTPONE: &str = "
    update due_messages d set due_at = clock_timestamp() + $3::bigint * interval '1 millisecond'
    from (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as s (business_id, message_id)
    where d.business_id = s.business_id and d.message_id = s.message_id";

/// A row to write: what a message waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    Lease(Duration),
    Publish(Duration),
    Doubt(Duration),
    Held(HeldReason, Option<DateTime<Utc>>),
}

impl Timer {
    const fn kind(self) -> DueKind {
        match self {
            Self::Lease(_) => DueKind::Lease,
            Self::Publish(_) => DueKind::Publish,
            Self::Doubt(_) => DueKind::Doubt,
            Self::Held(..) => DueKind::Held,
        }
    }

    const fn held_reason(self) -> Option<i16> {
        match self {
            Self::Held(reason, _) => Some(reason.code()),
            _ => None,
        }
    }

    const fn due_at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Held(_, due_at) => due_at,
            _ => None,
        }
    }

    fn due_in_ms(self) -> Option<i64> {
        match self {
            Self::Lease(delay) | Self::Publish(delay) | Self::Doubt(delay) => {
                Some(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Held(..) => None,
        }
    }
}

/// Writes what messages wait for, instead of what they waited for before. The messages are locked, or new.
pub(super) async fn put(
    transaction: &BatchTransaction<'_>,
    rows: &[(MessageKeys, Timer)],
) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    let statement = transaction.prepare_cached(PUT).await?;
    let businesses = column(rows, |(subject, _)| subject.business_id.as_uuid());
    let messages = column(rows, |(subject, _)| subject.message_id.as_uuid());
    let numbers = column(rows, |(subject, _)| subject.phone_number_id.as_str());
    let campaigns = column(rows, |(subject, _)| {
        subject.campaign_id.map(|id| id.as_uuid())
    });
    let lanes = column(rows, |(subject, _)| subject.lane.code());
    let kinds = column(rows, |(_, wait)| wait.kind().code());
    let reasons = column(rows, |(_, wait)| wait.held_reason());
    let times = column(rows, |(_, wait)| wait.due_at());
    let delays = column(rows, |(_, wait)| wait.due_in_ms());
    transaction
        .execute(
            &statement,
            &[
                &businesses,
                &messages,
                &numbers,
                &campaigns,
                &lanes,
                &kinds,
                &reasons,
                &times,
                &delays,
            ],
        )
        .await?;
    Ok(())
}

/// Notes leases of messages that mostly have a row already, and leaves those rows as they are: what is due then finds the
/// message in a sender's hands, and waits for the lease.
pub(super) async fn put_leases_if_none(
    transaction: &BatchTransaction<'_>,
    rows: &[(MessageKeys, Duration)],
) -> Result<(), StorageError> {
    if rows.is_empty() {
        return Ok(());
    }
    let statement = transaction.prepare_cached(PUT_IF_NONE).await?;
    transaction
        .execute(
            &statement,
            &[
                &column(rows, |(subject, _)| subject.business_id.as_uuid()),
                &column(rows, |(subject, _)| subject.message_id.as_uuid()),
                &column(rows, |(subject, _)| subject.phone_number_id.as_str()),
                &column(rows, |(subject, _)| {
                    subject.campaign_id.map(|id| id.as_uuid())
                }),
                &column(rows, |(subject, _)| subject.lane.code()),
                &column(rows, |_| DueKind::Lease.code()),
                &column(rows, |(_, lease)| {
                    i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)
                }),
            ],
        )
        .await?;
    Ok(())
}

/// Leaves messages waiting for what they wait for, and looks at them again after a while.
pub(super) async fn postpone(
    transaction: &BatchTransaction<'_>,
    keys: &[MessageKey],
    delay: Duration,
) -> Result<(), StorageError> {
    if keys.is_empty() {
        return Ok(());
    }
    let statement = transaction.prepare_cached(POSTPONE).await?;
    let businesses = column(keys, |(business_id, _)| business_id.as_uuid());
    let messages = column(keys, |(_, message_id)| message_id.as_uuid());
    let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    transaction
        .execute(&statement, &[&businesses, &messages, &delay])
        .await?;
    Ok(())
}

/// Takes messages out that wait for nothing any more.
pub(super) async fn forget(
    transaction: &BatchTransaction<'_>,
    subjects: &[MessageKeys],
) -> Result<(), StorageError> {
    if subjects.is_empty() {
        return Ok(());
    }
    let statement = transaction.prepare_cached(FORGET).await?;
    let businesses = column(subjects, |subject| subject.business_id.as_uuid());
    let messages: Vec<Uuid> = column(subjects, |subject| subject.message_id.as_uuid());
    transaction
        .execute(&statement, &[&businesses, &messages])
        .await?;
    Ok(())
}

fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}
