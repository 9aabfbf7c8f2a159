//! The next step of a message whose timer is due, above all of one in doubt: pure.
//!
//! The in-doubt policy weighs the harm (`common::message::DoubtPolicy`): the message is sent once more and flagged, or
//! given up. A second copy in doubt is never sent again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use common::message::{DoubtPolicy, DueKind, DueStep, EndReason, MessageState, TimeLimits, Window};
use common::template::Category;
use worker_storage::transitions::LockedMessage;

use crate::settings::InDoubtSettings;

/// The step for a message whose timer is due.
#[must_use]
pub(crate) fn due_step(
    row: &LockedMessage,
    kind: DueKind,
    window: Window,
    now: DateTime<Utc>,
    in_doubt: InDoubtSettings,
    lease: Duration,
) -> DueStep {
    let limits = time_limits(row, window);
    let end = limits.end(now);
    match (kind, row.state) {
        (DueKind::Lease, MessageState::Sending) => DueStep::Doubt(in_doubt.window(&row.category)),
        // A campaign's message that was claimed at an unknown time, so the whole lease may be left.
        (DueKind::Publish, MessageState::Sending) => DueStep::AwaitLease(lease),
        (DueKind::Publish, MessageState::Accepted | MessageState::RetryWait)
        | (DueKind::Held, MessageState::Held)
            if end.is_some() =>
        {
            match end {
                // Meta may have the first copy, so the message cannot end as not sent.
                _ if row.possible_duplicate => DueStep::Unresolved,
                Some(EndReason::WindowClosed) => DueStep::WindowClosed,
                _ => DueStep::Expire,
            }
        }
        (DueKind::Publish, MessageState::RetryWait) => DueStep::Retry,
        (DueKind::Publish, MessageState::Accepted) => DueStep::PublishAgain,
        // The database's clock is ahead of this process's clock.
        (DueKind::Held, MessageState::Held) => DueStep::Leave,
        (DueKind::Doubt, MessageState::Unknown) if may_be_resent(row, limits, now, in_doubt) => {
            DueStep::Resend
        }
        (DueKind::Doubt, MessageState::Unknown) => DueStep::Unresolved,
        _ => DueStep::Forget,
    }
}

/// What the passing of time changes, apart from consent: the next claim asks for that.
const fn time_limits(row: &LockedMessage, window: Window) -> TimeLimits<'_> {
    TimeLimits {
        category: &row.category,
        expires_at: row.expires_at,
        window,
        consent_applied_until: None,
    }
}

fn may_be_resent(
    row: &LockedMessage,
    limits: TimeLimits<'_>,
    now: DateTime<Utc>,
    in_doubt: InDoubtSettings,
) -> bool {
    let never = DoubtPolicy::of(&row.category) == DoubtPolicy::Never;
    if row.possible_duplicate || never || limits.is_window_closed(now) {
        return false;
    }
    let needed_ms = match row.category {
        Category::Authentication => {
            i64::try_from(in_doubt.authentication_life_ms).unwrap_or(i64::MAX)
        }
        _ => 1,
    };
    row.expires_at
        .is_none_or(|at| at - now >= TimeDelta::milliseconds(needed_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::ids::{BusinessId, MessageId};
    use common::message::{Lane, WINDOW};
    use proptest::prelude::*;
    use uuid::Uuid;
    use worker_storage::transitions::MessageKeys;

    const LEASE: Duration = Duration::from_secs(60);

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn row(category: Category, state: MessageState) -> LockedMessage {
        LockedMessage {
            subject: MessageKeys {
                business_id: BusinessId::from_uuid(Uuid::nil()),
                message_id: MessageId::from_uuid(Uuid::nil()),
                phone_number_id: "106540352242922".parse().unwrap(),
                campaign_id: None,
                lane: Lane::Transactional,
            },
            template_id: Some("594425479261596".parse().unwrap()),
            category,
            state,
            held_reason: None,
            attempt: 1,
            possible_duplicate: false,
            expires_at: None,
            recipient_hash: [0; 32],
            hash_version: 1,
        }
    }

    fn any_row() -> impl Strategy<Value = LockedMessage> {
        let category = prop::sample::select(vec![
            Category::Authentication,
            Category::Utility,
            Category::Marketing,
            Category::Service,
            Category::Other("9".to_owned()),
        ]);
        let state = prop::sample::select(MessageState::ALL.to_vec());
        (
            category,
            state,
            any::<bool>(),
            prop::option::of(-300_i64..300),
        )
            .prop_map(
                |(category, state, possible_duplicate, expires)| LockedMessage {
                    possible_duplicate,
                    expires_at: expires.map(|seconds| now() + TimeDelta::seconds(seconds)),
                    ..row(category, state)
                },
            )
    }

    fn any_kind() -> impl Strategy<Value = DueKind> {
        prop::sample::select(vec![
            DueKind::Lease,
            DueKind::Publish,
            DueKind::Doubt,
            DueKind::Held,
        ])
    }

    fn step(row: &LockedMessage, kind: DueKind) -> DueStep {
        step_within(row, kind, Window::default())
    }

    fn step_within(row: &LockedMessage, kind: DueKind, window: Window) -> DueStep {
        due_step(row, kind, window, now(), InDoubtSettings::default(), LEASE)
    }

    #[test]
    fn a_ticket_is_sent_once_more_and_then_given_up() {
        let mut receipt = row(Category::Utility, MessageState::Unknown);
        assert_eq!(step(&receipt, DueKind::Doubt), DueStep::Resend);
        receipt.possible_duplicate = true;
        assert_eq!(step(&receipt, DueKind::Doubt), DueStep::Unresolved);
    }

    #[test]
    fn an_advertisement_is_never_sent_again() {
        let offer = row(Category::Marketing, MessageState::Unknown);
        assert_eq!(step(&offer, DueKind::Doubt), DueStep::Unresolved);
    }

    #[test]
    fn a_reply_is_sent_once_more_while_the_window_is_open() {
        let mut reply = row(Category::Service, MessageState::Unknown);
        let wrote = |at| Window {
            last_inbound_at: Some(at),
        };
        let open = wrote(now() - WINDOW + TimeDelta::milliseconds(1));
        assert_eq!(step_within(&reply, DueKind::Doubt, open), DueStep::Resend);
        for shut in [wrote(now() - WINDOW), Window::default()] {
            let step = step_within(&reply, DueKind::Doubt, shut);
            assert_eq!(step, DueStep::Unresolved);
        }
        reply.possible_duplicate = true;
        assert_eq!(
            step_within(&reply, DueKind::Doubt, open),
            DueStep::Unresolved
        );
    }

    #[test]
    fn a_reply_that_waited_too_long_says_whether_its_window_closed() {
        let mut reply = row(Category::Service, MessageState::Held);
        reply.expires_at = Some(now());
        let open = Window {
            last_inbound_at: Some(now()),
        };
        assert_eq!(step_within(&reply, DueKind::Held, open), DueStep::Expire);
        assert_eq!(step(&reply, DueKind::Held), DueStep::WindowClosed);
    }

    #[test]
    fn a_code_is_sent_again_only_with_two_minutes_of_life() {
        let mut code = row(Category::Authentication, MessageState::Unknown);
        for (life, expected) in [(120, DueStep::Resend), (119, DueStep::Unresolved)] {
            code.expires_at = Some(now() + TimeDelta::seconds(life));
            assert_eq!(step(&code, DueKind::Doubt), expected);
        }
    }

    #[test]
    fn a_message_that_was_claimed_since_its_job_is_waited_for_before_it_is_in_doubt() {
        let offer = row(Category::Marketing, MessageState::Sending);
        assert_eq!(step(&offer, DueKind::Publish), DueStep::AwaitLease(LEASE));
        let window = InDoubtSettings::default().window(&Category::Marketing);
        assert_eq!(step(&offer, DueKind::Lease), DueStep::Doubt(window));
    }

    proptest! {
        #[test]
        fn nothing_is_sent_a_third_time_in_doubt(row in any_row(), kind in any_kind()) {
            if step(&row, kind) == DueStep::Resend {
                prop_assert!(!row.possible_duplicate);
                prop_assert_eq!(row.state, MessageState::Unknown);
            }
        }

        #[test]
        fn a_step_is_a_legal_transition_and_only_a_claimable_message_is_published(row in any_row(), kind in any_kind()) {
            let step = step(&row, kind);
            let state = match step.cause() {
                Some(cause) => row.state.after(cause).unwrap().state(),
                None => row.state,
            };
            prop_assert!(!step.is_published() || state.is_claimable());
        }

        #[test]
        fn what_is_settled_is_left_alone(row in any_row(), kind in any_kind()) {
            if row.state.is_settled() {
                prop_assert_eq!(step(&row, kind), DueStep::Forget);
            }
        }

        #[test]
        fn what_may_be_at_meta_never_expires(mut row in any_row(), kind in any_kind(), unknown: bool) {
            row.state = if unknown { MessageState::Unknown } else { MessageState::Sending };
            prop_assert!(!matches!(step(&row, kind), DueStep::Expire | DueStep::WindowClosed));
        }
    }
}
