//! What changes the state of a campaign, and what follows for its messages: pure. It is the only place that says so,
//! and every writer of a campaign's state asks it.

use super::{CampaignState, PauseReason};
use crate::feed::CampaignEvent;

/// A transition of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CampaignTransition {
    /// Fix the audience and begin the dispatch.
    Start,
    /// Stop the dispatch; a person wants that, or this reason requires it.
    Pause(Option<PauseReason>),
    /// Continue after a pause; a person wants that.
    Resume,
    /// Continue because the reason of the product's pause ended.
    ResumeByProduct,
    /// End the campaign; it cannot be resumed.
    Cancel,
    /// Every planned row was dispatched.
    Complete,
}

/// What a transition changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignChange {
    /// The new state.
    pub state: CampaignState,
    /// The event for the business.
    pub event: CampaignEvent,
    /// What happens to its messages in the same transaction.
    pub messages: CampaignMessages,
    /// Which of its times is now.
    pub time: CampaignTime,
}

/// What happens to the messages of a campaign that were dispatched and not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignMessages {
    /// Nothing: each claim decides by the new state.
    LeftToClaims,
    /// Those that no claim took are held.
    Held,
    /// Those that the pause held are released.
    Released,
    /// Those that wait are cancelled. A message that is being posted, or of which nobody knows whether Meta has it, is
    /// left alone.
    Cancelled,
}

/// A time that is stored with a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignTime {
    /// None of them.
    None,
    /// When it was started.
    Started,
    /// From when its messages are evaluated.
    EvaluatedFrom,
    /// When it ended.
    Ended,
}

/// A transition that the campaign's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {} campaign cannot be {}", state.as_str(), transition.past())]
pub struct Refused {
    /// The state that the campaign is in.
    pub state: CampaignState,
    /// The transition that was requested.
    pub transition: CampaignTransition,
}

impl CampaignState {
    /// What a transition changes. A transition to the current state changes nothing and is no error.
    ///
    /// # Errors
    /// When the state does not allow it.
    pub const fn after(
        self,
        transition: CampaignTransition,
    ) -> Result<Option<CampaignChange>, Refused> {
        match (self, transition) {
            (Self::Draft, CampaignTransition::Start)
            | (Self::Paused, CampaignTransition::Resume | CampaignTransition::ResumeByProduct)
            | (Self::Running, CampaignTransition::Pause(_) | CampaignTransition::Complete)
            | (
                Self::Draft | Self::Running | Self::Paused | Self::Completed,
                CampaignTransition::Cancel,
            ) => Ok(Some(transition.change())),
            (
                Self::Running,
                CampaignTransition::Start
                | CampaignTransition::Resume
                | CampaignTransition::ResumeByProduct,
            )
            | (Self::Paused, CampaignTransition::Pause(_))
            | (Self::Completed, CampaignTransition::Complete)
            | (Self::Cancelled, CampaignTransition::Cancel) => Ok(None),
            (state, transition) => Err(Refused { state, transition }),
        }
    }
}

impl CampaignTransition {
    const fn change(self) -> CampaignChange {
        let (state, event, messages, time) = match self {
            Self::Start => (
                CampaignState::Running,
                CampaignEvent::Started {},
                CampaignMessages::LeftToClaims,
                CampaignTime::Started,
            ),
            Self::Pause(reason) => (
                CampaignState::Paused,
                CampaignEvent::Paused { reason },
                match reason {
                    None => CampaignMessages::Held,
                    Some(_) => CampaignMessages::LeftToClaims,
                },
                CampaignTime::None,
            ),
            Self::Resume => (
                CampaignState::Running,
                CampaignEvent::Resumed {},
                CampaignMessages::Released,
                CampaignTime::EvaluatedFrom,
            ),
            // Claims hold and release what the product's own pause concerns.
            Self::ResumeByProduct => (
                CampaignState::Running,
                CampaignEvent::Resumed {},
                CampaignMessages::LeftToClaims,
                CampaignTime::EvaluatedFrom,
            ),
            Self::Cancel => (
                CampaignState::Cancelled,
                CampaignEvent::Cancelled {},
                CampaignMessages::Cancelled,
                CampaignTime::Ended,
            ),
            Self::Complete => (
                CampaignState::Completed,
                CampaignEvent::Completed {},
                CampaignMessages::LeftToClaims,
                CampaignTime::Ended,
            ),
        };
        CampaignChange {
            state,
            event,
            messages,
            time,
        }
    }

    const fn past(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Pause(_) => "paused",
            Self::Resume | Self::ResumeByProduct => "resumed",
            Self::Cancel => "cancelled",
            Self::Complete => "completed",
        }
    }
}

impl CampaignChange {
    /// The reason of the pause to store, if the stored one changes: a resumed campaign keeps its reason, as one that a
    /// person overruled.
    #[must_use]
    pub const fn pause_reason(&self) -> Option<Option<PauseReason>> {
        match self.event {
            CampaignEvent::Paused { reason } => Some(reason),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_state() -> impl Strategy<Value = CampaignState> {
        prop::sample::select(CampaignState::ALL.to_vec())
    }

    fn any_transition() -> impl Strategy<Value = CampaignTransition> {
        let reasons = prop::option::of(prop::sample::select(PauseReason::ALL.to_vec()));
        let others = prop::sample::select(vec![
            CampaignTransition::Start,
            CampaignTransition::Resume,
            CampaignTransition::ResumeByProduct,
            CampaignTransition::Cancel,
            CampaignTransition::Complete,
        ]);
        prop_oneof![reasons.prop_map(CampaignTransition::Pause), others]
    }

    proptest! {
        #[test]
        fn asking_twice_is_no_error_and_changes_nothing(state in any_state(), transition in any_transition()) {
            if let Ok(Some(change)) = state.after(transition) {
                prop_assert_ne!(change.state, state);
                prop_assert_eq!(change.state.after(transition), Ok(None));
            }
        }

        #[test]
        fn what_was_cancelled_never_runs_again(transition in any_transition()) {
            match CampaignState::Cancelled.after(transition) {
                Ok(change) => prop_assert_eq!((transition, change), (CampaignTransition::Cancel, None)),
                Err(refused) => prop_assert!(refused.to_string().starts_with("a cancelled campaign cannot be")),
            }
        }

        #[test]
        fn only_a_running_campaign_is_paused_or_completed(state in any_state(), transition in any_transition()) {
            let ends_the_dispatch = matches!(transition, CampaignTransition::Pause(_) | CampaignTransition::Complete);
            if ends_the_dispatch && matches!(state.after(transition), Ok(Some(_))) {
                prop_assert!(state.is_dispatched());
            }
        }

        #[test]
        fn messages_follow_the_new_state(state in any_state(), transition in any_transition()) {
            if let Ok(Some(change)) = state.after(transition) {
                match change.messages {
                    CampaignMessages::Held => prop_assert!(change.state.holds_messages()),
                    CampaignMessages::Released => {
                        prop_assert!(state.holds_messages() && change.state.is_dispatched());
                    }
                    CampaignMessages::Cancelled => prop_assert!(change.state.ends_messages()),
                    CampaignMessages::LeftToClaims => prop_assert!(!change.state.ends_messages()),
                }
            }
        }

        #[test]
        fn only_a_pause_changes_the_reason(state in any_state(), transition in any_transition()) {
            if let Ok(Some(change)) = state.after(transition) {
                let expected = match transition {
                    CampaignTransition::Pause(reason) => Some(reason),
                    _ => None,
                };
                prop_assert_eq!(change.pause_reason(), expected);
            }
        }
    }
}
