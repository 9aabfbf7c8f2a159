//! The rules of the state machine as properties.

use proptest::prelude::*;

use super::*;
use crate::ids::{BusinessId, MessageId};

const STATUSES: [MessageState; 6] = [
    MessageState::Submitted,
    MessageState::Sent,
    MessageState::Failed,
    MessageState::Delivered,
    MessageState::Read,
    MessageState::Played,
];

fn any_state() -> impl Strategy<Value = MessageState> {
    prop::sample::select(MessageState::ALL.to_vec())
}

fn any_status() -> impl Strategy<Value = MessageState> {
    prop::sample::select(STATUSES.to_vec())
}

fn any_outcome() -> impl Strategy<Value = PostOutcome> {
    prop::sample::select(vec![
        PostOutcome::Submitted,
        PostOutcome::Rejected,
        PostOutcome::NotAccepted,
        PostOutcome::NumberStopped,
        PostOutcome::TemplateStopped,
        PostOutcome::Doubt,
        PostOutcome::GivenBack,
    ])
}

/// The state after an answer to the POST.
fn settled(state: MessageState, attempt: u16, of: u16, outcome: PostOutcome) -> MessageState {
    settle(state, attempt, of, outcome).map_or(state, Transition::state)
}

fn apply_all(start: MessageState, statuses: &[MessageState]) -> MessageState {
    statuses
        .iter()
        .fold(start, |state, status| with_status(state, *status))
}

#[test]
fn every_state_has_its_own_code_and_word() {
    for state in MessageState::ALL {
        assert_eq!(MessageState::from_code(state.code()), Some(state));
        assert_eq!(MessageState::from_word(state.as_str()), Some(state));
    }
}

#[test]
fn a_late_sent_never_overwrites_delivered() {
    assert_eq!(
        with_status(MessageState::Delivered, MessageState::Sent),
        MessageState::Delivered
    );
}

#[test]
fn a_failure_is_overridden_by_a_later_delivery_and_not_by_a_late_sent() {
    assert_eq!(
        apply_all(
            MessageState::Sent,
            &[MessageState::Failed, MessageState::Sent]
        ),
        MessageState::Failed
    );
    assert_eq!(
        apply_all(
            MessageState::Sent,
            &[MessageState::Failed, MessageState::Read]
        ),
        MessageState::Read
    );
}

#[test]
fn a_status_before_the_answer_to_the_post_wins_over_the_answer() {
    let early = with_status(MessageState::Sending, MessageState::Delivered);
    assert_eq!(
        settled(early, 1, 1, PostOutcome::Submitted),
        MessageState::Delivered
    );
    assert_eq!(
        settled(early, 1, 1, PostOutcome::Doubt),
        MessageState::Delivered
    );
}

#[test]
fn an_older_attempt_cannot_reject_a_newer_one() {
    assert_eq!(
        settle(MessageState::Sending, 2, 1, PostOutcome::Rejected),
        None
    );
}

#[test]
fn an_answer_that_comes_after_its_lease_still_ends_the_doubt() {
    let late = settled(MessageState::Unknown, 1, 1, PostOutcome::NotAccepted);
    assert_eq!(late, MessageState::RetryWait);
    let of_an_older_attempt = settle(MessageState::Unknown, 2, 1, PostOutcome::NotAccepted);
    assert_eq!(of_an_older_attempt, None);
}

#[test]
fn only_a_hold_bears_a_reason() {
    for state in MessageState::ALL {
        let held = settle(state, 1, 1, PostOutcome::NumberStopped).and_then(Transition::held);
        let is_open = matches!(state, MessageState::Sending | MessageState::Unknown);
        assert_eq!(held.is_some(), is_open);
    }
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_of_statuses_end_in_the_same_state(
        start in any_state(),
        (first, second) in prop::collection::vec(any_status(), 1..12).prop_flat_map(|statuses| {
            let mut repeated = statuses.clone();
            repeated.extend(statuses.clone());
            (Just(statuses), Just(repeated).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(apply_all(start, &first), apply_all(start, &second));
    }

    #[test]
    fn the_answer_to_a_post_and_a_status_commute(attempt in 1_u16..4, status in any_status(), outcome in any_outcome()) {
        let status_first = settled(with_status(MessageState::Sending, status), attempt, attempt, outcome);
        let answer_first = with_status(settled(MessageState::Sending, attempt, attempt, outcome), status);
        prop_assert_eq!(status_first, answer_first);
    }

    #[test]
    fn nothing_lowers_what_meta_said(state in any_status(), attempt in 1_u16..4, of in 1_u16..4, outcome in any_outcome(), status in any_state()) {
        prop_assert!(settled(state, attempt, of, outcome).code() >= state.code());
        prop_assert!(with_status(state, status).code() >= state.code());
    }

    #[test]
    fn an_opaque_id_survives_the_journey(a: u128, b: u128, attempt: u16, signature: [u8; 16]) {
        let id = OpaqueId {
            business_id: BusinessId::from_uuid(uuid::Uuid::from_u128(a)),
            message_id: MessageId::from_uuid(uuid::Uuid::from_u128(b)),
            attempt,
            signature,
        };
        let text = id.to_string();
        prop_assert!(text.len() <= 128);
        prop_assert_eq!(OpaqueId::parse(&text), Ok(id));
    }

    #[test]
    fn other_text_is_not_an_opaque_id(text in "\\PC{0,120}") {
        prop_assert!(OpaqueId::parse(&text).is_err());
    }
}
