//! When a publication has to wait: pure rules on Meta's limits and on failures.

use chrono::{DateTime, TimeDelta, Utc};
use cloud_api::CallFailure;
use common::template::{PublicationAction, PublicationWait, TemplateStatus};
use worker_storage::template_publications::{History, Publication};

/// A new token ends the wait for it at once; this is for what else may have helped.
const ASK_FOR_TOKEN_EVERY: TimeDelta = TimeDelta::hours(1);
/// Meta reads its own writes late at times, so the first look comes after a moment.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(30);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(30);

/// Meta's limits, which publications respect beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) creations_per_hour: usize,
    pub(super) edits_per_day: usize,
    pub(super) edits_per_month: usize,
}

/// That a publication waits, why, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) reason: PublicationWait,
    pub(super) until: DateTime<Utc>,
}

impl Wait {
    pub(super) fn for_token(now: DateTime<Utc>) -> Self {
        Self {
            reason: PublicationWait::Token,
            until: now + ASK_FOR_TOKEN_EVERY,
        }
    }
}

/// Whether a publication has to wait before anything is asked of Meta.
pub(super) fn before(
    publication: &Publication,
    history: &History,
    limits: &Limits,
    now: DateTime<Utc>,
) -> Option<Wait> {
    let wait = |reason| move |until| Wait { reason, until };
    if let Some(until) = history.calls_resume_at.filter(|until| *until > now) {
        return Some(wait(PublicationWait::CallBudget)(until));
    }
    let free_at = |times: &[DateTime<Utc>], limit, within| free_at(times, limit, within, now);
    match publication.action {
        PublicationAction::Create => free_at(
            &history.created_at,
            limits.creations_per_hour,
            TimeDelta::hours(1),
        )
        .map(wait(PublicationWait::CreationsPerHour)),
        PublicationAction::Edit if is_limited(history.status.as_ref()) => {
            let edits = &history.edited_at;
            let month = free_at(edits, limits.edits_per_month, TimeDelta::days(30))
                .map(wait(PublicationWait::EditsPerMonth));
            let day = free_at(edits, limits.edits_per_day, TimeDelta::days(1))
                .map(wait(PublicationWait::EditsPerDay));
            month.into_iter().chain(day).max_by_key(|wait| wait.until)
        }
        PublicationAction::Edit | PublicationAction::Delete => None,
    }
}

/// Meta limits edits of approved templates alone. One that it was asked to review again counts as approved, because it
/// may be approved by the time of the call.
fn is_limited(status: Option<&TemplateStatus>) -> bool {
    !matches!(
        status,
        Some(TemplateStatus::Rejected | TemplateStatus::Paused)
    )
}

/// When one more fits into a limit; `None` when it does now. `times` are in their order.
fn free_at(
    times: &[DateTime<Utc>],
    limit: usize,
    within: TimeDelta,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let counted = times.len().checked_sub(limit.max(1))?;
    let free_at = *times.get(counted)? + within;
    Some(free_at).filter(|free_at| *free_at > now)
}

/// When to try again after a failure; `None` when the refusal is final. `calls_resume_at` is when Meta takes calls for the
/// account again.
pub(super) fn after(
    failure: CallFailure,
    calls_resume_at: Option<DateTime<Utc>>,
    attempt: i16,
    now: DateTime<Utc>,
) -> Option<Wait> {
    let pause = pause(attempt);
    let (reason, until) = match failure {
        CallFailure::Refused | CallFailure::AccessRefused => return None,
        CallFailure::TokenRefused => return Some(Wait::for_token(now)),
        CallFailure::TooManyCalls => (
            PublicationWait::CallBudget,
            calls_resume_at.unwrap_or(now + pause),
        ),
        CallFailure::InDoubt => (PublicationWait::Unclear, now + pause),
        CallFailure::Unavailable => (PublicationWait::Unreachable, now + pause),
    };
    Some(Wait { reason, until })
}

/// Doubles with each attempt.
fn pause(attempt: i16) -> TimeDelta {
    let doublings = u32::try_from(attempt.clamp(1, 10) - 1).unwrap_or_default();
    let factor = 2_i32.saturating_pow(doublings);
    FIRST_PAUSE
        .checked_mul(factor)
        .map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

#[cfg(test)]
mod tests {
    use common::ids::{BusinessId, PublicationId};
    use proptest::prelude::*;
    use worker_storage::template_sync::Account;

    use super::*;

    const LIMITS: Limits = Limits {
        creations_per_hour: 100,
        edits_per_day: 1,
        edits_per_month: 10,
    };

    fn publication(action: PublicationAction) -> Publication {
        Publication {
            account: Account {
                business_id: BusinessId::from_uuid(uuid::Uuid::from_u128(7)),
                waba_id: "102".parse().unwrap(),
            },
            publication_id: PublicationId::from_uuid(uuid::Uuid::from_u128(8)),
            attempt: 1,
            action,
            name: "ticket".to_owned(),
            language: Some("fr".to_owned()),
            template_id: None,
            draft_id: None,
            definition: None,
            explanation: None,
        }
    }

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn waits(action: PublicationAction, history: &History) -> Option<(PublicationWait, i64)> {
        let wait = before(&publication(action), history, &LIMITS, at(0))?;
        Some((wait.reason, (wait.until - at(0)).num_hours()))
    }

    #[test]
    fn every_call_waits_for_the_budget() {
        let history = History {
            calls_resume_at: Some(at(2)),
            ..History::default()
        };
        for action in PublicationAction::ALL {
            assert_eq!(
                waits(action, &history),
                Some((PublicationWait::CallBudget, 2))
            );
            let later = before(&publication(action), &history, &LIMITS, at(2));
            assert_eq!(later, None);
        }
    }

    #[test]
    fn the_hundred_and_first_creation_waits_for_the_end_of_the_hour() {
        let mut history = History {
            created_at: vec![at(0) - TimeDelta::minutes(1); 99],
            ..History::default()
        };
        assert_eq!(waits(PublicationAction::Create, &history), None);
        history.created_at.insert(0, at(0) - TimeDelta::minutes(50));
        let wait = before(
            &publication(PublicationAction::Create),
            &history,
            &LIMITS,
            at(0),
        );
        assert_eq!(wait.unwrap().until, at(0) + TimeDelta::minutes(10));
        assert_eq!(waits(PublicationAction::Delete, &history), None);
    }

    #[test]
    fn an_approved_template_is_edited_once_a_day_and_ten_times_a_month() {
        let of = |status, edited_at| History {
            status: Some(status),
            edited_at,
            ..History::default()
        };
        let edit = |history: &History| waits(PublicationAction::Edit, history);
        assert_eq!(edit(&of(TemplateStatus::Approved, vec![at(-24)])), None);
        let today = of(TemplateStatus::Approved, vec![at(-4)]);
        assert_eq!(edit(&today), Some((PublicationWait::EditsPerDay, 20)));
        let often = of(
            TemplateStatus::Approved,
            (-11..-1).map(|day| at(day * 24)).collect(),
        );
        assert_eq!(
            edit(&often),
            Some((PublicationWait::EditsPerMonth, 19 * 24))
        );
        for status in [TemplateStatus::Rejected, TemplateStatus::Paused] {
            assert_eq!(edit(&of(status, vec![at(-1); 20])), None);
        }
    }

    #[test]
    fn only_a_refusal_is_final() {
        for failure in [CallFailure::Refused, CallFailure::AccessRefused] {
            assert_eq!(after(failure, None, 1, at(0)), None);
        }
        let reason = |failure| after(failure, None, 1, at(0)).unwrap().reason;
        assert_eq!(reason(CallFailure::InDoubt), PublicationWait::Unclear);
        assert_eq!(reason(CallFailure::TokenRefused), PublicationWait::Token);
        assert_eq!(
            reason(CallFailure::TooManyCalls),
            PublicationWait::CallBudget
        );
        assert_eq!(
            reason(CallFailure::Unavailable),
            PublicationWait::Unreachable
        );
    }

    proptest! {
        #[test]
        fn pauses_grow_to_half_an_hour(attempt in any::<i16>()) {
            prop_assert!(pause(attempt) >= FIRST_PAUSE && pause(attempt) <= LONGEST_PAUSE);
            prop_assert!(pause(attempt.saturating_add(1)) >= pause(attempt));
        }

        #[test]
        fn a_limit_is_never_passed_and_the_wait_is_no_longer_than_needed(
            mut minutes in prop::collection::vec(-90_i64..0, 0..30), limit in 1_usize..10,
        ) {
            minutes.sort_unstable();
            let times: Vec<_> = minutes.iter().map(|minute| at(0) + TimeDelta::minutes(*minute)).collect();
            let hour = TimeDelta::hours(1);
            let within = |at: DateTime<Utc>| times.iter().filter(|time| **time + hour > at).count();
            match free_at(&times, limit, hour, at(0)) {
                None => prop_assert!(within(at(0)) < limit),
                Some(free_at) => {
                    prop_assert!(within(free_at) < limit);
                    prop_assert!(within(free_at - TimeDelta::nanoseconds(1)) >= limit);
                }
            }
        }
    }
}
