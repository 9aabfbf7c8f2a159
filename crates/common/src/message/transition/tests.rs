//! Which state follows which, as properties.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::message::DueStep;

fn any_cause() -> impl Strategy<Value = Cause> {
    let held = prop::sample::select(HeldReason::ALL.to_vec());
    let outcome = prop::sample::select(PostOutcome::ALL.to_vec());
    let ended = prop::sample::select(vec![
        EndReason::Suppressed,
        EndReason::Expired,
        EndReason::CodeLost,
        EndReason::Exhausted,
        EndReason::WindowClosed,
        EndReason::Unresolved,
        EndReason::Cancelled,
        EndReason::SecondOfCampaign,
        EndReason::MediaRefused(Some(131_053)),
        EndReason::MediaRefused(None),
    ]);
    let others = prop::sample::select(vec![
        Cause::Claimed,
        Cause::LeaseExpired,
        Cause::RetryDue,
        Cause::Resent,
        Cause::GivenUp,
        Cause::Expired,
        Cause::Released,
        Cause::CampaignCancelled,
    ]);
    prop_oneof![
        held.prop_map(Cause::Held),
        outcome.prop_map(Cause::Answered),
        ended.prop_map(Cause::Ended),
        any_state().prop_map(Cause::Reported),
        others,
    ]
}

fn any_state() -> impl Strategy<Value = MessageState> {
    prop::sample::select(MessageState::ALL.to_vec())
}

/// Whether the cause is evidence that Meta has the message.
fn is_evidence(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Reported(_) | Cause::Answered(PostOutcome::Submitted)
    )
}

proptest! {
    #[test]
    fn a_transition_changes_the_state_and_only_a_hold_bears_a_reason(state in any_state(), cause in any_cause()) {
        if let Some(transition) = state.after(cause) {
            prop_assert_ne!(transition.state(), state);
            let is_held = transition.state() == MessageState::Held;
            prop_assert_eq!(transition.held().is_some(), is_held);
        }
    }

    #[test]
    fn what_is_settled_changes_only_by_evidence_and_only_rises(state in any_state(), cause in any_cause()) {
        if let Some(transition) = state.after(cause).filter(|_| state.is_settled()) {
            prop_assert!(is_evidence(cause));
            prop_assert!(transition.state().is_delivery());
            prop_assert!(transition.state().code() > state.code());
        }
    }

    #[test]
    fn only_evidence_makes_a_delivery(state in any_state(), cause in any_cause()) {
        if let Some(transition) = state.after(cause) {
            prop_assert_eq!(transition.state().is_delivery(), is_evidence(cause));
        }
    }

    #[test]
    fn only_a_claim_sends_and_only_what_was_accepted(state in any_state(), cause in any_cause()) {
        if let Some(transition) = state.after(cause).filter(|to| to.state() == MessageState::Sending) {
            prop_assert_eq!((state, cause), (MessageState::Accepted, Cause::Claimed));
            prop_assert!(state.is_claimable() && !transition.state().is_claimable());
        }
    }

    #[test]
    fn what_may_be_at_meta_never_ends_as_not_sent(cause in any_cause(), unknown: bool) {
        let state = if unknown { MessageState::Unknown } else { MessageState::Sending };
        let ended = [MessageState::Cancelled, MessageState::Suppressed, MessageState::Expired];
        prop_assert!(state.after(cause).is_none_or(|to| !ended.contains(&to.state())));
    }

    #[test]
    fn a_state_is_open_to_what_changes_it(state in any_state(), cause in any_cause()) {
        let is_open = MessageState::open_to(cause).any(|open| open == state);
        prop_assert_eq!(is_open, state.after(cause).is_some());
    }
}

#[test]
fn a_pause_holds_what_was_not_claimed_and_a_cancel_ends_all_that_waits() {
    let states = |cause| MessageState::open_to(cause).collect::<Vec<_>>();
    let pause = Cause::Held(HeldReason::CampaignPaused);
    assert_eq!(states(pause), [MessageState::Accepted]);
    let waiting = [
        MessageState::Accepted,
        MessageState::RetryWait,
        MessageState::Held,
    ];
    assert_eq!(states(Cause::CampaignCancelled), waiting);
    assert_eq!(states(Cause::Released), [MessageState::Held]);
}

#[test]
fn a_step_is_published_when_the_message_may_be_claimed_after_it() {
    let moment = Duration::from_secs(1);
    for (step, from) in [
        (DueStep::Doubt(moment), MessageState::Sending),
        (DueStep::Retry, MessageState::RetryWait),
        (DueStep::Resend, MessageState::Unknown),
        (DueStep::Unresolved, MessageState::Unknown),
        (DueStep::Expire, MessageState::Held),
        (DueStep::WindowClosed, MessageState::RetryWait),
    ] {
        let cause = step.cause().unwrap();
        let to = from.after(cause).unwrap().state();
        assert_eq!(step.is_published(), to.is_claimable(), "{step:?}");
    }
}
