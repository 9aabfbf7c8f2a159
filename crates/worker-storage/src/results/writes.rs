//! The statements of a recording, and the change of one message that they write.

use chrono::{DateTime, Utc};
use common::message::{HeldReason, PostOutcome, Transition};
use uuid::Uuid;

use super::answer::{Answer, Sealed};
use crate::timers::Timer;
use crate::transitions::{Keys, LockedMessage, attempt_code};
use database::BatchTransaction;
use database::StorageError;

const MESSAGES: &str = "
    update messages m set state = u.state, held_reason = u.held_reason, settled_at = coalesce(m.settled_at, u.settled_at),
        wamid_sealed = coalesce(m.wamid_sealed, u.wamid_sealed), submitted_at = coalesce(m.submitted_at, u.submitted_at),
        error_code = coalesce(u.error_code, m.error_code), error_sealed = coalesce(u.error_sealed, m.error_sealed)
    from (select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::smallint[], $5::timestamptz[], $6::bytea[],
            $7::timestamptz[], $8::integer[], $9::bytea[]) limit cardinality($1))
        as u (business_id, id, state, held_reason, settled_at, wamid_sealed, submitted_at, error_code, error_sealed)
    where m.business_id = u.business_id and m.id = u.id and m.id between $10 and $11";
// A doubt, which the end of the lease may have noted first, gives way to the answer.
const ATTEMPTS: &str = "
    insert into attempts as a (business_id, message_id, attempt, outcome, http_status, error_code, fbtrace_id,
        wamid_hash, ended_at)
    select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::smallint[], $5::smallint[], $6::integer[],
        $7::text[], $8::bytea[], $9::timestamptz[])
    on conflict (business_id, message_id, attempt) do update
        set outcome = excluded.outcome, http_status = excluded.http_status, error_code = excluded.error_code,
            fbtrace_id = excluded.fbtrace_id, wamid_hash = excluded.wamid_hash, ended_at = excluded.ended_at
        where a.outcome = $10";
const HAS_UNMATCHED: &str = "
    select exists (select from unmatched_statuses u
        join (select * from unnest($1::uuid[], $2::bytea[]) limit cardinality($1)) as w (business_id, wamid_hash)
        on u.business_id = w.business_id and u.wamid_hash = w.wamid_hash)";

/// A locked message and what the answers change in it.
pub(super) struct Change {
    pub(super) row: LockedMessage,
    pub(super) is_changed: bool,
    pub(super) wait: Option<Timer>,
    settled_at: Option<DateTime<Utc>>,
    wamid_sealed: Option<Vec<u8>>,
    submitted_at: Option<DateTime<Utc>>,
    error_code: Option<i32>,
    error_sealed: Option<Vec<u8>>,
}

impl Change {
    pub(super) const fn new(row: LockedMessage) -> Self {
        Self {
            row,
            is_changed: false,
            wait: None,
            settled_at: None,
            wamid_sealed: None,
            submitted_at: None,
            error_code: None,
            error_sealed: None,
        }
    }

    /// Changes the state of the message.
    pub(super) fn go(&mut self, settled: Transition, now: DateTime<Utc>) {
        self.is_changed = true;
        self.row.state = settled.state();
        self.row.held_reason = settled.held();
        self.settled_at = settled.state().is_settled().then_some(now);
    }

    pub(super) fn note_wamid(&mut self, answer: &Answer, sealed: &Sealed) {
        self.is_changed = true;
        self.wamid_sealed.clone_from(&sealed.wamid);
        self.submitted_at = Some(answer.ended_at);
    }

    pub(super) fn note_error(&mut self, answer: &Answer, sealed: &Sealed) {
        self.error_code = answer.detail.error_code;
        self.error_sealed.clone_from(&sealed.error);
    }
}

/// Writes the changed messages, which are locked.
pub(super) async fn messages(
    transaction: &BatchTransaction<'_>,
    changes: &[&Change],
) -> Result<(), StorageError> {
    let keys = changes.iter().map(|change| change.row.key());
    let Some(keys) = Keys::of(keys) else {
        return Ok(());
    };
    let statement = transaction.prepare_cached(MESSAGES).await?;
    transaction
        .execute(
            &statement,
            &[
                &keys.businesses,
                &keys.messages,
                &column(changes, |change| change.row.state.code()),
                &column(changes, |change| {
                    change.row.held_reason.map(HeldReason::code)
                }),
                &column(changes, |change| change.settled_at),
                &column(changes, |change| change.wamid_sealed.as_deref()),
                &column(changes, |change| change.submitted_at),
                &column(changes, |change| change.error_code),
                &column(changes, |change| change.error_sealed.as_deref()),
                &keys.first,
                &keys.last,
            ],
        )
        .await?;
    Ok(())
}

/// Writes the evidence.
pub(super) async fn attempts(
    transaction: &BatchTransaction<'_>,
    answers: &[Answer],
    sealed: &[Sealed],
) -> Result<(), StorageError> {
    if answers.is_empty() {
        return Ok(());
    }
    let numbers = answers
        .iter()
        .map(|answer| attempt_code(answer.attempt))
        .collect::<Result<Vec<_>, _>>()?;
    let statuses = column(answers, |answer| {
        answer
            .detail
            .http_status
            .and_then(|status| i16::try_from(status).ok())
    });
    let statement = transaction.prepare_cached(ATTEMPTS).await?;
    transaction
        .execute(
            &statement,
            &[
                &column(answers, |answer| answer.business_id.as_uuid()),
                &column(answers, |answer| answer.message_id.as_uuid()),
                &numbers,
                &column(answers, |answer| answer.outcome.code()),
                &statuses,
                &column(answers, |answer| answer.detail.error_code),
                &column(answers, |answer| answer.detail.fbtrace_id.as_deref()),
                &column(sealed, |sealed| {
                    sealed.wamid_hash.as_ref().map(<[u8; 32]>::as_slice)
                }),
                &column(answers, |answer| answer.ended_at),
                &PostOutcome::Doubt.code(),
            ],
        )
        .await?;
    Ok(())
}

/// Whether statuses wait for one of the ids that were just recorded.
pub(super) async fn has_unmatched(
    transaction: &BatchTransaction<'_>,
    answers: &[Answer],
    sealed: &[Sealed],
) -> Result<bool, StorageError> {
    let known: (Vec<Uuid>, Vec<&[u8]>) = answers
        .iter()
        .zip(sealed)
        .filter_map(|(answer, sealed)| {
            Some((
                answer.business_id.as_uuid(),
                sealed.wamid_hash.as_ref()?.as_slice(),
            ))
        })
        .unzip();
    if known.0.is_empty() {
        return Ok(false);
    }
    let statement = transaction.prepare_cached(HAS_UNMATCHED).await?;
    Ok(transaction
        .query_one(&statement, &[&known.0, &known.1])
        .await?
        .try_get(0)?)
}

fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}
