//! What became of POSTs, recorded in batches: the attempt as evidence, the message as `common::message::settle` says.
//!
//! An answer of an older attempt is kept as evidence and changes nothing, unless it proves that Meta has the message.
//! Recording the same answer twice changes nothing the second time, so that a commit of unknown outcome is repeated.

mod answer;
mod recipients;
mod suspensions;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use common::feed::{Hold, MessageEvent, Rejection};
use common::message::{MessageState, Transition, settle};

pub use answer::{Answer, AnswerDetail, AnsweredRecipient};
pub use suspensions::{Stop, stop_number};

use super::claim::MessageKey;
use super::events;
use super::timers::{self, Timer};
use super::transitions::{self, LockedMessage, MessageKeys};
use super::{project, send_rate};
use answer::Sealed;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};
use storage::events::FeedEntry;
use writes::Change;

/// What a recording came to.
#[derive(Debug, Default)]
pub struct Recorded {
    /// Given back, with the attempt: they may be claimed again and are the caller's to publish, or to leave to the reaper.
    pub given_back: Vec<(MessageKeys, u16)>,
    /// How many numbers were stopped.
    pub stopped_numbers: usize,
    /// How many breakers of numbers were opened.
    pub opened_breakers: usize,
    /// How many numbers were slowed down.
    pub slowed_numbers: usize,
    /// Answers of attempts that the message had already left behind.
    pub late: usize,
}

/// Records answers in one transaction.
///
/// # Errors
/// When the database is not available. Then it is not known whether they were recorded: record them again.
pub async fn record(
    store: &Store,
    now: DateTime<Utc>,
    answers: &[Answer],
) -> Result<Recorded, StorageError> {
    let sealed = answer::seal(store, answers).await?;
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let locked = transitions::lock(&transaction, answers.iter().map(Answer::key), false).await?;
    let mut rows: BTreeMap<MessageKey, Change> = locked
        .into_iter()
        .map(|row| (row.key(), Change::new(row)))
        .collect();
    let mut recorded = Recorded::default();
    let mut entries = Vec::new();
    for (answer, sealed) in answers.iter().zip(&sealed) {
        // A message that is gone with its partition needs no result.
        if let Some(change) = rows.get_mut(&answer.key()) {
            entries.extend(take_in(change, answer, sealed, now, &mut recorded));
        }
    }
    let changes: Vec<&Change> = rows.values().filter(|change| change.is_changed).collect();
    writes::messages(&transaction, &changes).await?;
    writes::attempts(&transaction, answers, &sealed).await?;
    entries.extend(recipients::apply(store, &transaction, answers, &rows, now).await?);
    let timers: Vec<(MessageKeys, Timer)> = changes
        .iter()
        .filter_map(|change| Some((change.row.subject.clone(), change.wait?)))
        .collect();
    timers::put(&transaction, &timers).await?;
    let over: Vec<MessageKeys> = changes
        .iter()
        .filter(|change| change.row.state.is_settled())
        .map(|change| change.row.subject.clone())
        .collect();
    timers::forget(&transaction, &over).await?;
    let over = over
        .iter()
        .map(|subject| (subject.business_id, subject.message_id));
    transitions::forget_codes(&transaction, over).await?;
    entries.extend(suspensions::apply(&transaction, now, answers, &mut recorded).await?);
    events::append(&transaction, now, &entries).await?;
    let has_unmatched = writes::has_unmatched(&transaction, answers, &sealed).await?;
    recorded.slowed_numbers = slow_down(&transaction, answers).await?;
    transaction.commit().await?;
    if has_unmatched && let Err(error) = project::match_unmatched(store, now).await {
        tracing::warn!(%error, "statuses that came early were not matched; the sweep does it");
    }
    Ok(recorded)
}

/// Slows the numbers down that Meta throttled; how many.
async fn slow_down(
    transaction: &BatchTransaction<'_>,
    answers: &[Answer],
) -> Result<usize, StorageError> {
    let throttled: BTreeSet<_> = answers.iter().filter_map(Answer::throttled).collect();
    send_rate::slow_down(transaction, &throttled).await?;
    Ok(throttled.len())
}

/// Settles one answer; the entry of the feed for it.
fn take_in(
    change: &mut Change,
    answer: &Answer,
    sealed: &Sealed,
    now: DateTime<Utc>,
    recorded: &mut Recorded,
) -> Option<FeedEntry> {
    let row = &change.row;
    let settled = settle(row.state, row.attempt, answer.attempt, answer.outcome);
    if sealed.wamid.is_some() {
        change.note_wamid(answer, sealed);
    }
    let Some(settled) = settled else {
        recorded.late += usize::from(!change.row.state.is_delivery());
        return None;
    };
    change.go(settled, now);
    change.wait = wait(&change.row, settled, answer);
    match settled.state() {
        MessageState::Rejected => change.note_error(answer, sealed),
        MessageState::Accepted => recorded
            .given_back
            .push((change.row.subject.clone(), answer.attempt)),
        _ => {}
    }
    let event = event(settled, answer)?;
    Some(change.row.subject.entry(event, answer.ended_at))
}

const fn wait(row: &LockedMessage, settled: Transition, answer: &Answer) -> Option<Timer> {
    match (settled.state(), settled.held()) {
        (MessageState::Accepted | MessageState::RetryWait, _) => {
            Some(Timer::Publish(answer.again_in))
        }
        (MessageState::Unknown, _) => Some(Timer::Doubt(answer.again_in)),
        (MessageState::Held, Some(reason)) => Some(Timer::Held(reason, row.expires_at)),
        _ => None,
    }
}

fn event(settled: Transition, answer: &Answer) -> Option<MessageEvent> {
    let (attempt, error_code) = (answer.attempt, answer.detail.error_code);
    match (settled.state(), settled.held()) {
        (MessageState::Submitted, _) => Some(MessageEvent::Submitted { attempt }),
        (MessageState::Rejected, _) => Some(MessageEvent::Rejected(Rejection::Message {
            attempt,
            error_code,
        })),
        (MessageState::Held, Some(reason)) => {
            Some(MessageEvent::Held(Hold::AfterPost { reason, error_code }))
        }
        _ => None,
    }
}
