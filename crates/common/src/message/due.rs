//! What a message waits for, and what is done with it when the time comes.

use std::time::Duration;

use super::{Cause, ExpiredReason, HeldReason};
use crate::feed::{MessageEvent, Unresolved};

/// What the timer of a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKind {
    /// A sender holds a lease on the message.
    Lease,
    /// To be published when due: a retry, or a message that came back to `accepted` and whose job may be lost.
    Publish,
    /// Nobody knows whether Meta has the message; decided when due.
    Doubt,
    /// Waits for an event; due when its life ends.
    Held,
}

impl DueKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Lease, Self::Publish, Self::Doubt, Self::Held];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Lease => 1,
            Self::Publish => 2,
            Self::Doubt => 3,
            Self::Held => 4,
        }
    }

    /// The kind of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether a campaign's message that waits for this fills the number's share of the dispatch.
    ///
    /// What is held for a pause, a template or the number does not, because it would keep the number's other campaigns
    /// back. What waits for opt-outs or for its file is sent in a moment, and what waits for the messaging limit keeps
    /// all campaigns back.
    #[must_use]
    pub const fn is_outstanding(self, held: Option<HeldReason>) -> bool {
        match self {
            Self::Lease | Self::Publish => true,
            Self::Doubt => false,
            Self::Held => matches!(
                held,
                Some(
                    HeldReason::MessagingLimit
                        | HeldReason::ConsentLag
                        | HeldReason::MediaNotUploaded
                )
            ),
        }
    }
}

/// What to do with a message that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueStep {
    /// Its lease expired without an outcome: wait for evidence that long.
    Doubt(Duration),
    /// It was claimed meanwhile: its lease is waited for that long.
    AwaitLease(Duration),
    /// May be claimed again.
    Retry,
    /// Send once more although Meta may have it.
    Resend,
    /// Nobody knows and nobody will.
    Unresolved,
    /// Its life ended before it was sent.
    Expire,
    /// So did the client's window, without which it cannot be sent.
    WindowClosed,
    /// May be claimed already; its job may be lost.
    PublishAgain,
    /// It is not due after all.
    Leave,
    /// It waits for nothing any more.
    Forget,
}

impl DueStep {
    /// What changes the message's state, if it changes.
    #[must_use]
    pub const fn cause(self) -> Option<Cause> {
        match self {
            Self::Doubt(_) => Some(Cause::LeaseExpired),
            Self::Retry => Some(Cause::RetryDue),
            Self::Resend => Some(Cause::Resent),
            Self::Unresolved => Some(Cause::GivenUp),
            Self::Expire | Self::WindowClosed => Some(Cause::Expired),
            Self::AwaitLease(_) | Self::PublishAgain | Self::Leave | Self::Forget => None,
        }
    }

    /// Whether the message may be claimed afterwards, so that it is published.
    #[must_use]
    pub const fn is_published(self) -> bool {
        matches!(self, Self::Retry | Self::Resend | Self::PublishAgain)
    }

    /// Why it expired, if it did so before its time.
    #[must_use]
    pub const fn expired_reason(self) -> Option<ExpiredReason> {
        match self {
            Self::WindowClosed => Some(ExpiredReason::WindowClosed),
            _ => None,
        }
    }

    /// The event for the business, if any, for a message with this many attempts.
    #[must_use]
    pub const fn event(self, attempt: u16) -> Option<MessageEvent> {
        match self {
            Self::Resend => Some(MessageEvent::PossibleDuplicate {
                attempt: attempt.saturating_add(1),
            }),
            Self::Unresolved => Some(MessageEvent::Unresolved(Unresolved::NoEvidence { attempt })),
            Self::Expire | Self::WindowClosed => Some(MessageEvent::Expired {
                reason: self.expired_reason(),
            }),
            Self::Doubt(_)
            | Self::Retry
            | Self::AwaitLease(_)
            | Self::PublishAgain
            | Self::Leave
            | Self::Forget => None,
        }
    }
}
