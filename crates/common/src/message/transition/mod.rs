//! The state machine of a message: pure and total. It is the only place that says which state follows which, and every
//! writer of a state asks it.
//!
//! It has two parts. The *pipeline* is ours (`accepted` to `sending`, and the ways out of it) and each step is guarded
//! by the attempt's number. The *delivery* is reported by Meta: a chain `submitted < sent < failed < delivered < read <
//! played` in which a state only rises, so that statuses may come late, twice and in any order. A status outranks every
//! pipeline state, because it proves that Meta has the message.

#[cfg(test)]
mod tests;

use super::{EndReason, HeldReason, MessageState, PostOutcome};

/// What changes the state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A claim lets it be sent.
    Claimed,
    /// A claim or a pause of its campaign makes it wait.
    Held(HeldReason),
    /// A claim ends it.
    Ended(EndReason),
    /// Its attempt had this outcome.
    Answered(PostOutcome),
    /// The lease of its attempt expired without an outcome.
    LeaseExpired,
    /// The time of its next attempt came.
    RetryDue,
    /// It is sent once more although Meta may have it.
    Resent,
    /// Nobody knows whether Meta has it, and it is not sent again.
    GivenUp,
    /// Its time passed while it waited.
    Expired,
    /// What held it ended.
    Released,
    /// Its campaign was cancelled.
    CampaignCancelled,
    /// Meta reported this status.
    Reported(MessageState),
}

/// A legal transition of a message; only [`MessageState::after`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    state: MessageState,
    held: Option<HeldReason>,
}

impl Transition {
    /// The new state.
    #[must_use]
    pub const fn state(self) -> MessageState {
        self.state
    }

    /// The reason, when the new state is `held`.
    #[must_use]
    pub const fn held(self) -> Option<HeldReason> {
        self.held
    }

    const fn to(state: MessageState) -> Self {
        Self { state, held: None }
    }

    const fn hold(reason: HeldReason) -> Self {
        Self {
            state: MessageState::Held,
            held: Some(reason),
        }
    }
}

impl MessageState {
    /// The transition that follows; `None` when the state does not change, because it is not open to that cause.
    #[must_use]
    pub const fn after(self, cause: Cause) -> Option<Transition> {
        let state = match (self, cause) {
            (_, Cause::Reported(status)) => return self.risen(status),
            (_, Cause::Answered(PostOutcome::Submitted)) => return self.risen(Self::Submitted),
            (Self::Unknown, Cause::Answered(PostOutcome::Doubt)) => return None,
            (Self::Sending | Self::Unknown, Cause::Answered(outcome)) => {
                return Some(answered(outcome));
            }
            (Self::Accepted, Cause::Claimed) => Self::Sending,
            (Self::Accepted, Cause::Held(reason)) => return Some(Transition::hold(reason)),
            (Self::Accepted, Cause::Ended(reason)) => reason.state(),
            (Self::Sending, Cause::LeaseExpired) => Self::Unknown,
            (Self::RetryWait, Cause::RetryDue)
            | (Self::Unknown, Cause::Resent)
            | (Self::Held, Cause::Released) => Self::Accepted,
            (Self::Accepted | Self::RetryWait | Self::Held | Self::Unknown, Cause::GivenUp) => {
                Self::Unresolved
            }
            (Self::Accepted | Self::RetryWait | Self::Held, Cause::Expired) => Self::Expired,
            (Self::Accepted | Self::RetryWait | Self::Held, Cause::CampaignCancelled) => {
                Self::Cancelled
            }
            _ => return None,
        };
        Some(Transition::to(state))
    }

    /// The states that are open to a cause.
    pub fn open_to(cause: Cause) -> impl Iterator<Item = Self> {
        let states = Self::ALL.into_iter();
        states.filter(move |state| state.after(cause).is_some())
    }

    const fn risen(self, status: Self) -> Option<Transition> {
        if status.is_delivery() && status.code() > self.code() {
            Some(Transition::to(status))
        } else {
            None
        }
    }
}

const fn answered(outcome: PostOutcome) -> Transition {
    match outcome {
        PostOutcome::Submitted => Transition::to(MessageState::Submitted),
        PostOutcome::Rejected => Transition::to(MessageState::Rejected),
        PostOutcome::NotAccepted => Transition::to(MessageState::RetryWait),
        PostOutcome::Doubt => Transition::to(MessageState::Unknown),
        PostOutcome::GivenBack => Transition::to(MessageState::Accepted),
        PostOutcome::NumberStopped => Transition::hold(HeldReason::NumberStopped),
        PostOutcome::TemplateStopped => Transition::hold(HeldReason::TemplateNotApproved),
    }
}

/// The state after a status of Meta: never lower than before.
#[must_use]
pub const fn with_status(current: MessageState, status: MessageState) -> MessageState {
    match current.after(Cause::Reported(status)) {
        Some(risen) => risen.state(),
        None => current,
    }
}

/// The transition after the outcome of attempt `of_attempt`, for a row in state `current` with `attempt`; `None` when
/// nothing changes.
///
/// The outcome counts for its own attempt only, even when it comes so late that its lease has ended in doubt: no sender
/// can have claimed the message since, because a claim raises the attempt. A response with an id is evidence that Meta
/// has the message, and counts for every attempt.
#[must_use]
pub const fn settle(
    current: MessageState,
    attempt: u16,
    of_attempt: u16,
    outcome: PostOutcome,
) -> Option<Transition> {
    match outcome {
        PostOutcome::Submitted => {}
        _ if attempt == of_attempt => {}
        _ => return None,
    }
    current.after(Cause::Answered(outcome))
}
