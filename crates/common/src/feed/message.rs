//! Events about one message of the business.

use serde::Serialize;

use super::{EventType, Field, FieldValue};
use crate::message::{ExpiredReason, HeldReason, MessageState};

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum MessageEvent {
    /// Meta accepted it.
    Submitted {
        /// Which attempt was accepted, from 1.
        attempt: u16,
    },
    /// Meta reported a status of it.
    Status(DeliveryStatus),
    /// It was rejected and will not be sent again.
    Rejected(Rejection),
    /// It is held.
    Held(Hold),
    /// It expired before it was sent.
    Expired {
        /// The reason, when it expired before its own time.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<ExpiredReason>,
    },
    /// The recipient opted out before it was sent.
    Suppressed {},
    /// It was cancelled before it was sent.
    Cancelled {
        /// The reason, when it was not cancelled with its campaign.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<CancelReason>,
    },
    /// It is not known whether Meta accepted it, and it is not sent again.
    Unresolved(Unresolved),
    /// It is sent again although Meta may have accepted it.
    PossibleDuplicate {
        /// The attempt that follows.
        attempt: u16,
    },
}

/// A status from Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It left Meta's servers.
    Sent,
    /// It reached the recipient's device.
    Delivered,
    /// The recipient opened it.
    Read,
    /// The recipient played it.
    Played,
    /// Meta could not deliver it.
    Failed {
        /// Meta's error code, when the status has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        error_code: Option<i32>,
    },
}

/// What was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Rejection {
    /// The message, by Meta's answer to an attempt.
    Message {
        /// Which attempt, from 1.
        attempt: u16,
        /// Meta's error code, when the answer has one.
        error_code: Option<i32>,
    },
    /// The file that it carries, before an attempt.
    File(FileRejection),
}

/// Why the file of a message cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum FileRejection {
    /// Meta refused the upload.
    MediaRefused {
        /// Meta's error code.
        error_code: i32,
    },
    /// The file is no longer stored.
    MediaGone,
}

/// The check or answer that holds a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Hold {
    /// A check before an attempt, or the pause of its campaign.
    BeforePost {
        /// Why.
        reason: HeldReason,
    },
    /// Meta's answer to an attempt.
    AfterPost {
        /// Why.
        reason: HeldReason,
        /// Meta's error code, when the answer has one.
        error_code: Option<i32>,
    },
}

/// Why a message was cancelled without its campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The campaign already has a message to another number of the same contact.
    SameContact,
}

/// Why it remains unknown whether Meta accepted a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Unresolved {
    /// No evidence of an attempt arrived in time, and the message is never sent twice.
    NoEvidence {
        /// Which attempt, from 1.
        attempt: u16,
    },
    /// The message was due to be sent again, and no longer may be.
    BeforePost {
        /// Why.
        reason: UnresolvedReason,
    },
}

/// Why a message in doubt is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnresolvedReason {
    /// A second copy may no longer be sent.
    NotSentAgain,
}

impl DeliveryStatus {
    /// The status that puts a message into a state; `None` for a state that Meta does not report. Only a failure has an
    /// error code.
    #[must_use]
    pub const fn of(state: MessageState, error_code: Option<i32>) -> Option<Self> {
        match state {
            MessageState::Sent => Some(Self::Sent),
            MessageState::Delivered => Some(Self::Delivered),
            MessageState::Read => Some(Self::Read),
            MessageState::Played => Some(Self::Played),
            MessageState::Failed => Some(Self::Failed { error_code }),
            _ => None,
        }
    }
}

impl MessageEvent {
    /// The type that reports it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Submitted { .. } => EventType::MessageSubmitted,
            Self::Status(DeliveryStatus::Sent) => EventType::MessageSent,
            Self::Status(DeliveryStatus::Delivered) => EventType::MessageDelivered,
            Self::Status(DeliveryStatus::Read) => EventType::MessageRead,
            Self::Status(DeliveryStatus::Played) => EventType::MessagePlayed,
            Self::Status(DeliveryStatus::Failed { .. }) => EventType::MessageFailed,
            Self::Rejected(_) => EventType::MessageRejected,
            Self::Held(_) => EventType::MessageHeld,
            Self::Expired { .. } => EventType::MessageExpired,
            Self::Suppressed {} => EventType::MessageSuppressed,
            Self::Cancelled { .. } => EventType::MessageCancelled,
            Self::Unresolved(_) => EventType::MessageUnresolved,
            Self::PossibleDuplicate { .. } => EventType::MessagePossibleDuplicate,
        }
    }
}

pub(super) fn submitted_fields() -> Vec<Field> {
    vec![attempt("The attempt that Meta accepted, from 1.")]
}

/// The fields of a status that reports no failure.
pub(super) fn status_fields(state: &'static str) -> Vec<Field> {
    let state = FieldValue::OneOf(vec![state]);
    vec![Field::new("state", state, "The message's new state.")]
}

pub(super) fn failed_fields() -> Vec<Field> {
    let mut fields = status_fields("failed");
    fields.push(error_code("Meta's error code, when Meta gave one.").optional());
    fields
}

pub(super) fn rejected_fields() -> Vec<Field> {
    let reasons = FieldValue::OneOf(vec!["media_refused", "media_gone"]);
    vec![
        attempt("The attempt that Meta rejected, from 1; absent when its file was rejected.")
            .optional(),
        Field::new(
            "reason",
            reasons,
            "Why its file cannot be sent: Meta refused it, or it is no longer stored. Absent when the message was \
             rejected.",
        )
        .optional(),
        error_code("Meta's error code, when Meta gave one.")
            .optional()
            .nullable(),
    ]
}

pub(super) fn held_fields() -> Vec<Field> {
    let reasons = FieldValue::OneOf(HeldReason::ALL.map(HeldReason::as_str).to_vec());
    vec![
        Field::new("reason", reasons, "Why it is held."),
        error_code("Meta's error code, when Meta's answer to an attempt is the reason.")
            .optional()
            .nullable(),
    ]
}

pub(super) fn expired_fields() -> Vec<Field> {
    let reasons = FieldValue::OneOf(ExpiredReason::ALL.map(ExpiredReason::as_str).to_vec());
    vec![
        Field::new(
            "reason",
            reasons,
            "Why it expired early; absent when its time passed.",
        )
        .optional(),
    ]
}

pub(super) fn cancelled_fields() -> Vec<Field> {
    let reasons = FieldValue::OneOf(vec!["same_contact"]);
    vec![
        Field::new(
            "reason",
            reasons,
            "Why it was cancelled alone: the campaign writes to another number of the same contact. Absent when its \
             campaign was cancelled.",
        )
        .optional(),
    ]
}

pub(super) fn unresolved_fields() -> Vec<Field> {
    let reasons = FieldValue::OneOf(vec!["not_sent_again"]);
    vec![
        attempt("The attempt without evidence, from 1.").optional(),
        Field::new(
            "reason",
            reasons,
            "Given when it was to be sent again and no longer may be.",
        )
        .optional(),
    ]
}

pub(super) fn possible_duplicate_fields() -> Vec<Field> {
    vec![attempt("The attempt that follows.")]
}

fn attempt(meaning: &'static str) -> Field {
    Field::new("attempt", FieldValue::Integer, meaning)
}

fn error_code(meaning: &'static str) -> Field {
    Field::new("error_code", FieldValue::Integer, meaning)
}
