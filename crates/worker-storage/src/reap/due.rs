//! What is due: ended leases, retries, doubts, and held messages whose life ended.
//!
//! A message that cannot be worked on keeps no other back: the batch is taken one by one then, and what fails alone is
//! looked at again an hour later.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::ids::{BusinessId, MessageId};
use common::message::{DueKind, DueStep, PostOutcome, Window};
use common::template::Category;
use tokio_postgres::Row;

use crate::claim::MessageKey;
use crate::events;
use crate::timers::{self, Timer};
use crate::transitions::{
    self, Keys, LockedMessage, MessageKeys, StateTransition, attempt_code, corrupt,
};
use crate::{expiry_reasons, windows};
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};

const CANDIDATES: &str = "
    select business_id, message_id from due_messages where due_at <= (select clock_timestamp())
    order by due_at limit $1";
const STILL_DUE: &str = "
    select d.business_id, d.message_id, d.kind
    from due_messages d join (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as w (business_id, message_id)
        on d.business_id = w.business_id and d.message_id = w.message_id
    where d.due_at <= clock_timestamp()";
const DOUBTS: &str = "
    insert into attempts (business_id, message_id, attempt, outcome, ended_at)
    select *, $4, $5 from unnest($1::uuid[], $2::uuid[], $3::smallint[])
    on conflict (business_id, message_id, attempt) do nothing";

/// When a message that is not due after all is looked at again.
const LEFT: Duration = Duration::from_secs(1);
/// When a message that could not be worked on is looked at again.
const AFTER_FAILURE: Duration = Duration::from_secs(3_600);

/// Messages that were due, with what was done to each.
#[derive(Debug, Default)]
pub struct Due {
    /// All of them.
    pub steps: Vec<(LockedMessage, DueStep)>,
    /// Messages that could not be worked on, and why.
    pub failed: Vec<(MessageKey, StorageError)>,
}

impl Due {
    /// Those that may be claimed now and are the caller's to publish.
    pub fn to_publish(&self) -> impl Iterator<Item = &MessageKeys> {
        self.steps
            .iter()
            .filter(|(_, step)| step.is_published())
            .map(|(row, _)| &row.subject)
    }
}

/// Takes at most `limit` messages that are due and does with them as `decide` says; what may be claimed again is due
/// once more after `republish_after`, in case that its job gets lost.
///
/// # Errors
/// When the database is not available: what was done until then is done.
pub async fn take_due(
    store: &Store,
    now: DateTime<Utc>,
    limit: i64,
    republish_after: Duration,
    decide: impl Fn(&LockedMessage, DueKind, Window) -> DueStep,
) -> Result<Due, StorageError> {
    let candidates = candidates(store, limit).await?;
    let take = async |keys: &[MessageKey]| take(store, now, keys, republish_after, &decide).await;
    match take(&candidates).await {
        Ok(steps) => {
            return Ok(Due {
                steps,
                ..Due::default()
            });
        }
        Err(error) if error.is_unavailable() => return Err(error),
        Err(_) => {}
    }
    let mut due = Due::default();
    for key in candidates {
        match take(&[key]).await {
            Ok(steps) => due.steps.extend(steps),
            Err(error) if error.is_unavailable() => return Err(error),
            Err(error) => {
                postpone(store, key).await?;
                due.failed.push((key, error));
            }
        }
    }
    Ok(due)
}

async fn candidates(store: &Store, limit: i64) -> Result<Vec<MessageKey>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(CANDIDATES).await?;
    let rows = transaction.query(&statement, &[&limit]).await?;
    rows.iter().map(key).collect()
}

async fn postpone(store: &Store, key: MessageKey) -> Result<(), StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    timers::postpone(&transaction, &[key], AFTER_FAILURE).await?;
    transaction.commit().await
}

/// Takes those of the messages that nobody works on and that are still due.
async fn take(
    store: &Store,
    now: DateTime<Utc>,
    keys: &[MessageKey],
    republish_after: Duration,
    decide: &impl Fn(&LockedMessage, DueKind, Window) -> DueStep,
) -> Result<Vec<(LockedMessage, DueStep)>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let locked = transitions::lock(&transaction, keys.iter().copied(), true).await?;
    let kinds = still_due(&transaction, &locked).await?;
    let replies = locked
        .iter()
        .filter(|row| row.category == Category::Service);
    let windows = windows::of(&transaction, replies.map(LockedMessage::key)).await?;
    let mut stepped = Vec::with_capacity(locked.len());
    for row in locked {
        let key = row.key();
        if let Some(kind) = kinds.get(&key) {
            let window = windows.get(&key).copied().unwrap_or_default();
            let step = decide(&row, *kind, window);
            stepped.push((row, step));
        }
    }
    write(&transaction, now, republish_after, &stepped).await?;
    transaction.commit().await?;
    Ok(stepped)
}

async fn write(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    republish_after: Duration,
    stepped: &[(LockedMessage, DueStep)],
) -> Result<(), StorageError> {
    let (mut moved, mut timers, mut left, mut over, mut entries) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut expired = Vec::new();
    for (row, step) in stepped {
        let subject = row.subject.clone();
        moved.extend(transition(row, *step)?);
        let reason = step.expired_reason();
        expired.extend(reason.map(|reason| (row.key(), reason)));
        let event = step.event(row.attempt);
        entries.extend(event.map(|event| subject.entry(event, now)));
        match step {
            DueStep::Doubt(window) => timers.push((subject, Timer::Doubt(*window))),
            DueStep::AwaitLease(lease) => timers.push((subject, Timer::Lease(*lease))),
            DueStep::Retry | DueStep::Resend | DueStep::PublishAgain => {
                timers.push((subject, Timer::Publish(republish_after)));
            }
            DueStep::Unresolved | DueStep::Expire | DueStep::WindowClosed | DueStep::Forget => {
                over.push(subject);
            }
            DueStep::Leave => left.push(row.key()),
        }
    }
    transitions::apply(transaction, now, &moved).await?;
    expiry_reasons::note(transaction, &expired).await?;
    note_doubts(transaction, now, stepped).await?;
    timers::put(transaction, &timers).await?;
    timers::postpone(transaction, &left, LEFT).await?;
    timers::forget(transaction, &over).await?;
    let settled = moved.iter().filter(|row| row.to.state().is_settled());
    transitions::forget_codes(transaction, settled.map(|row| row.key)).await?;
    events::append(transaction, now, &entries).await
}

/// The transition that a step makes of a locked message, if any.
fn transition(row: &LockedMessage, step: DueStep) -> Result<Option<StateTransition>, StorageError> {
    let Some(cause) = step.cause() else {
        return Ok(None);
    };
    let to = row.state.after(cause);
    Ok(Some(StateTransition {
        key: row.key(),
        to: to.ok_or(transitions::unexpected_state())?,
        attempt: row.attempt,
        possible_duplicate: row.possible_duplicate || step == DueStep::Resend,
    }))
}

/// An attempt whose lease ended is evidence too.
async fn note_doubts(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    stepped: &[(LockedMessage, DueStep)],
) -> Result<(), StorageError> {
    let doubtful: Vec<&LockedMessage> = stepped
        .iter()
        .filter(|(_, step)| matches!(step, DueStep::Doubt(_)))
        .map(|(row, _)| row)
        .collect();
    let Some(keys) = Keys::of(doubtful.iter().map(|row| row.key())) else {
        return Ok(());
    };
    let numbers = doubtful
        .iter()
        .map(|row| attempt_code(row.attempt))
        .collect::<Result<Vec<_>, _>>()?;
    let statement = transaction.prepare_cached(DOUBTS).await?;
    transaction
        .execute(
            &statement,
            &[
                &keys.businesses,
                &keys.messages,
                &numbers,
                &PostOutcome::Doubt.code(),
                &now,
            ],
        )
        .await?;
    Ok(())
}

/// What the locked messages are due for, now that nobody else changes them.
async fn still_due(
    transaction: &BatchTransaction<'_>,
    locked: &[LockedMessage],
) -> Result<BTreeMap<MessageKey, DueKind>, StorageError> {
    let Some(keys) = Keys::of(locked.iter().map(LockedMessage::key)) else {
        return Ok(BTreeMap::new());
    };
    let statement = transaction.prepare_cached(STILL_DUE).await?;
    let rows = transaction
        .query(&statement, &[&keys.businesses, &keys.messages])
        .await?;
    let kinds = rows.iter().map(|row| {
        Ok((
            key(row)?,
            DueKind::from_code(row.try_get(2)?).ok_or(corrupt("due_messages.kind"))?,
        ))
    });
    kinds.collect()
}

fn key(row: &Row) -> Result<MessageKey, StorageError> {
    Ok((
        BusinessId::from_uuid(row.try_get(0)?),
        MessageId::from_uuid(row.try_get(1)?),
    ))
}
