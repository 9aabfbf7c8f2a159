//! The state machine of a message: pure and total. Statuses of Meta may arrive in any order and repeatedly.
//!
//! It has two parts. The *pipeline* is ours (`accepted` to `sending`, and the ways out of it) and each step is guarded
//! by the attempt's number. The *delivery* is reported by Meta: a chain `submitted < sent < failed < delivered < read <
//! played` in which a state only rises, so that statuses may come late, twice and in any order. A status outranks every
//! pipeline state, because it proves that Meta has the message.

use crate::message::HeldReason;
use crate::template::Category;

/// The state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// Durably stored; may be claimed.
    Accepted,
    /// Claimed by a sender that holds a lease.
    Sending,
    /// Proven not accepted by Meta; tried again at a stored time.
    RetryWait,
    /// Waits for an event; the reason is stored with it.
    Held,
    /// Meta may or may not have it; a status or the evidence timeout decides.
    Unknown,
    /// Meta refused it, and it is not sent again.
    Rejected,
    /// Cancelled before it was sent.
    Cancelled,
    /// The recipient opted out.
    Suppressed,
    /// Its time passed before it was sent.
    Expired,
    /// No evidence arrived, and another attempt would do more harm than none.
    Unresolved,
    /// Meta accepted it and gave it an id.
    Submitted,
    /// It left Meta's servers.
    Sent,
    /// Meta could not deliver it.
    Failed,
    /// It reached the recipient's device.
    Delivered,
    /// The recipient opened it.
    Read,
    /// The recipient played it.
    Played,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 16] = [
        Self::Accepted,
        Self::Sending,
        Self::RetryWait,
        Self::Held,
        Self::Unknown,
        Self::Rejected,
        Self::Cancelled,
        Self::Suppressed,
        Self::Expired,
        Self::Unresolved,
        Self::Submitted,
        Self::Sent,
        Self::Failed,
        Self::Delivered,
        Self::Read,
        Self::Played,
    ];

    /// The stable number in the database. From 20 on the state is reported by Meta, and the numbers rise with the rank,
    /// so that SQL merges a status by taking the greater number.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Accepted => 1,
            Self::Sending => 2,
            Self::RetryWait => 3,
            Self::Held => 4,
            Self::Unknown => 5,
            Self::Rejected => 10,
            Self::Cancelled => 11,
            Self::Suppressed => 12,
            Self::Expired => 13,
            Self::Unresolved => 14,
            Self::Submitted => 20,
            Self::Sent => 21,
            Self::Failed => 22,
            Self::Delivered => 23,
            Self::Read => 24,
            Self::Played => 25,
        }
    }

    /// The state of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The stable value in metrics and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Sending => "sending",
            Self::RetryWait => "retry_wait",
            Self::Held => "held",
            Self::Unknown => "unknown",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Suppressed => "suppressed",
            Self::Expired => "expired",
            Self::Unresolved => "unresolved",
            Self::Submitted => "submitted",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
        }
    }

    /// The state of a value in the API.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether Meta has the message.
    #[must_use]
    pub const fn is_delivery(self) -> bool {
        self.code() >= Self::Submitted.code()
    }

    /// Whether a claim may take the message.
    #[must_use]
    pub const fn is_claimable(self) -> bool {
        matches!(self, Self::Accepted)
    }

    /// Whether the message can still be sent, so that a cancel, an opt-out or its expiry affects it.
    #[must_use]
    pub const fn may_still_leave(self) -> bool {
        matches!(
            self,
            Self::Accepted | Self::RetryWait | Self::Held | Self::Unknown
        )
    }

    /// Whether our part of the work is done. A status of Meta may still raise the state.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        !matches!(
            self,
            Self::Accepted | Self::Sending | Self::RetryWait | Self::Held | Self::Unknown
        )
    }
}

/// The state after a status of Meta: never lower than before.
#[must_use]
pub fn with_status(current: MessageState, status: MessageState) -> MessageState {
    if status.is_delivery() && status.code() > current.code() {
        status
    } else {
        current
    }
}

/// The known outcome of a POST to Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostOutcome {
    /// Meta answered with an id.
    Submitted,
    /// Meta refused the message permanently.
    Rejected,
    /// Proven not accepted: another attempt makes no second copy.
    NotAccepted,
    /// The token, the number or the account is refused: proven not accepted, and no other message of the number would
    /// be.
    NumberStopped,
    /// The template cannot be sent now: proven not accepted.
    TemplateStopped,
    /// It is not known whether Meta has the message.
    Doubt,
    /// The claim was returned before any byte was sent.
    GivenBack,
}

impl PostOutcome {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Submitted,
        Self::Rejected,
        Self::NotAccepted,
        Self::NumberStopped,
        Self::TemplateStopped,
        Self::Doubt,
        Self::GivenBack,
    ];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Submitted => 1,
            Self::Rejected => 2,
            Self::NotAccepted => 3,
            Self::NumberStopped => 4,
            Self::TemplateStopped => 5,
            Self::Doubt => 6,
            Self::GivenBack => 7,
        }
    }

    /// The outcome of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }

    /// The stable value in metrics and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Rejected => "rejected",
            Self::NotAccepted => "not_accepted",
            Self::NumberStopped => "number_stopped",
            Self::TemplateStopped => "template_stopped",
            Self::Doubt => "doubt",
            Self::GivenBack => "given_back",
        }
    }
}

/// The effect of a POST's outcome on the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// The new state.
    pub state: MessageState,
    /// The reason, when the state is `held`.
    pub held: Option<HeldReason>,
}

/// The state after the outcome of attempt `of_attempt`, for a row in state `current` with `attempt`.
///
/// The outcome counts for its own attempt only, even when it comes so late that its lease has ended in doubt: no sender
/// can have claimed the message since, because a claim raises the attempt. A response with an id is evidence that Meta
/// has the message, and counts for every attempt.
#[must_use]
pub fn settle(
    current: MessageState,
    attempt: u16,
    of_attempt: u16,
    outcome: PostOutcome,
) -> Settlement {
    let unheld = |state| Settlement { state, held: None };
    if outcome == PostOutcome::Submitted {
        return unheld(with_status(current, MessageState::Submitted));
    }
    let is_open = matches!(current, MessageState::Sending | MessageState::Unknown);
    if !is_open || attempt != of_attempt {
        return unheld(current);
    }
    let held = |reason| Settlement {
        state: MessageState::Held,
        held: Some(reason),
    };
    match outcome {
        PostOutcome::Submitted => unheld(MessageState::Submitted),
        PostOutcome::Rejected => unheld(MessageState::Rejected),
        PostOutcome::NotAccepted => unheld(MessageState::RetryWait),
        PostOutcome::Doubt => unheld(MessageState::Unknown),
        PostOutcome::GivenBack => unheld(MessageState::Accepted),
        PostOutcome::NumberStopped => held(HeldReason::NumberStopped),
        PostOutcome::TemplateStopped => held(HeldReason::TemplateNotApproved),
    }
}

/// What to do when a message in doubt got no evidence: a second copy and no copy do different harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtPolicy {
    /// Send once more, flagged as a possible duplicate.
    ResendOnce,
    /// Never send again: a duplicate costs money and the number's quality.
    Never,
}

impl DoubtPolicy {
    /// The policy of a category. A duplicate of a one-time code is harmless, and a missing one locks a person out; a
    /// duplicate receipt or reply does less harm than a missing one; a duplicate marketing message does more.
    #[must_use]
    pub const fn of(category: &Category) -> Self {
        match category {
            Category::Authentication | Category::Utility | Category::Service => Self::ResendOnce,
            Category::Marketing | Category::Other(_) => Self::Never,
        }
    }
}
