//! The states of a campaign and the actions that change them.

/// The state of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CampaignState {
    /// Being prepared: its audience may still be replaced.
    Draft,
    /// Its planned rows are being dispatched.
    Running,
    /// Nothing is dispatched, and messages that were dispatched are held.
    Paused,
    /// Every planned row was dispatched.
    Completed,
    /// Ended: messages that had not left were cancelled. It cannot be resumed.
    Cancelled,
}

/// An action on a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CampaignAction {
    /// Fix the audience and begin the dispatch.
    Start,
    /// Stop the dispatch and hold the messages that were dispatched.
    Pause,
    /// Continue after a pause.
    Resume,
    /// End the campaign; it cannot be resumed.
    Cancel,
}

/// An action that the campaign's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {} campaign cannot be {}", state.as_str(), action.past())]
pub struct Refused {
    /// The state that the campaign is in.
    pub state: CampaignState,
    /// The action that was requested.
    pub action: CampaignAction,
}

impl CampaignState {
    const ALL: [Self; 5] = [
        Self::Draft,
        Self::Running,
        Self::Paused,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Draft => 1,
            Self::Running => 2,
            Self::Paused => 3,
            Self::Completed => 4,
            Self::Cancelled => 5,
        }
    }

    /// The state of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The stable value in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state after an action. An action that asks for the current state changes nothing and is no error.
    ///
    /// # Errors
    /// When the state does not allow the action.
    pub const fn after(self, action: CampaignAction) -> Result<Self, Refused> {
        match (self, action) {
            (Self::Draft | Self::Running, CampaignAction::Start)
            | (Self::Paused | Self::Running, CampaignAction::Resume) => Ok(Self::Running),
            (Self::Running | Self::Paused, CampaignAction::Pause) => Ok(Self::Paused),
            (
                Self::Draft | Self::Running | Self::Paused | Self::Completed | Self::Cancelled,
                CampaignAction::Cancel,
            ) => Ok(Self::Cancelled),
            (state, action) => Err(Refused { state, action }),
        }
    }
}

impl CampaignAction {
    const fn past(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Cancel => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cancelled_never_runs_again() {
        for action in [
            CampaignAction::Start,
            CampaignAction::Pause,
            CampaignAction::Resume,
        ] {
            let refused = CampaignState::Cancelled.after(action).unwrap_err();
            assert!(
                refused
                    .to_string()
                    .starts_with("a cancelled campaign cannot be")
            );
        }
    }

    #[test]
    fn asking_twice_is_no_error() {
        assert_eq!(
            CampaignState::Running.after(CampaignAction::Start),
            Ok(CampaignState::Running)
        );
        assert_eq!(
            CampaignState::Paused.after(CampaignAction::Pause),
            Ok(CampaignState::Paused)
        );
        assert_eq!(
            CampaignState::Cancelled.after(CampaignAction::Cancel),
            Ok(CampaignState::Cancelled)
        );
    }

    #[test]
    fn every_state_has_its_own_code() {
        for state in CampaignState::ALL {
            assert_eq!(CampaignState::from_code(state.code()), Some(state));
        }
    }
}
