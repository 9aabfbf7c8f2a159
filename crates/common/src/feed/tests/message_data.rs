//! The data of events about messages, in the form that readers of the feed expect.

use serde_json::{Value, json};

use super::data::check;
use super::events::of_message;
use crate::feed::{
    CancelReason, DeliveryStatus, FileRejection, Hold, MessageEvent, Rejection, Unresolved,
    UnresolvedReason,
};
use crate::message::{ExpiredReason, HeldReason, MessageState};

fn check_messages<const N: usize>(events: [(MessageEvent, &str, Value); N]) {
    for (event, name, data) in events {
        check(&of_message(event), name, &data);
    }
}

#[test]
fn a_status_gives_the_new_state_and_a_failure_its_code() {
    for state in [
        MessageState::Sent,
        MessageState::Delivered,
        MessageState::Read,
        MessageState::Played,
        MessageState::Failed,
    ] {
        let status = DeliveryStatus::of(state, None).unwrap();
        let name = format!("message.{}", state.as_str());
        let data = json!({ "state": state.as_str() });
        check(&of_message(MessageEvent::Status(status)), &name, &data);
    }
    let failed = DeliveryStatus::of(MessageState::Failed, Some(131_026)).unwrap();
    let data = json!({ "state": "failed", "error_code": 131_026 });
    check(
        &of_message(MessageEvent::Status(failed)),
        "message.failed",
        &data,
    );
    assert_eq!(DeliveryStatus::of(MessageState::Held, None), None);
}

#[test]
fn what_an_answer_of_meta_decides_has_the_attempt_and_the_code() {
    let held = |error_code| {
        MessageEvent::Held(Hold::AfterPost {
            reason: HeldReason::TemplateNotApproved,
            error_code,
        })
    };
    let rejected = |error_code| {
        MessageEvent::Rejected(Rejection::Message {
            attempt: 3,
            error_code,
        })
    };
    check_messages([
        (
            MessageEvent::Submitted { attempt: 2 },
            "message.submitted",
            json!({ "attempt": 2 }),
        ),
        (
            rejected(Some(131_026)),
            "message.rejected",
            json!({ "attempt": 3, "error_code": 131_026 }),
        ),
        (
            rejected(None),
            "message.rejected",
            json!({ "attempt": 3, "error_code": null }),
        ),
        (
            held(Some(132_015)),
            "message.held",
            json!({ "reason": "template_not_approved", "error_code": 132_015 }),
        ),
        (
            held(None),
            "message.held",
            json!({ "reason": "template_not_approved", "error_code": null }),
        ),
    ]);
}

#[test]
fn what_is_decided_before_an_attempt_has_a_reason() {
    let file = |rejection| MessageEvent::Rejected(Rejection::File(rejection));
    let reason = HeldReason::ConsentLag;
    check_messages([
        (
            MessageEvent::Held(Hold::BeforePost { reason }),
            "message.held",
            json!({ "reason": "consent_lag" }),
        ),
        (
            file(FileRejection::MediaRefused { error_code: 100 }),
            "message.rejected",
            json!({ "reason": "media_refused", "error_code": 100 }),
        ),
        (
            file(FileRejection::MediaGone),
            "message.rejected",
            json!({ "reason": "media_gone" }),
        ),
        (
            MessageEvent::Cancelled {
                reason: Some(CancelReason::SameContact),
            },
            "message.cancelled",
            json!({ "reason": "same_contact" }),
        ),
        (
            MessageEvent::Cancelled { reason: None },
            "message.cancelled",
            json!({}),
        ),
        (MessageEvent::Suppressed {}, "message.suppressed", json!({})),
    ]);
}

#[test]
fn what_ends_a_message_that_was_not_sent_says_why() {
    let expired = |reason| MessageEvent::Expired { reason };
    check_messages([
        (expired(None), "message.expired", json!({})),
        (
            expired(Some(ExpiredReason::WindowClosed)),
            "message.expired",
            json!({ "reason": "window_closed" }),
        ),
        (
            MessageEvent::Unresolved(Unresolved::NoEvidence { attempt: 1 }),
            "message.unresolved",
            json!({ "attempt": 1 }),
        ),
        (
            MessageEvent::Unresolved(Unresolved::BeforePost {
                reason: UnresolvedReason::NotSentAgain,
            }),
            "message.unresolved",
            json!({ "reason": "not_sent_again" }),
        ),
        (
            MessageEvent::PossibleDuplicate { attempt: 2 },
            "message.possible_duplicate",
            json!({ "attempt": 2 }),
        ),
    ]);
}
