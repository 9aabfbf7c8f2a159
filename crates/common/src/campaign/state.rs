//! The states of a campaign; `transition` says which follows which.

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

impl CampaignState {
    /// Every state.
    pub const ALL: [Self; 5] = [
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

    /// Whether its messages are held: nothing of it is sent before it is started and while it is paused.
    #[must_use]
    pub const fn holds_messages(self) -> bool {
        matches!(self, Self::Draft | Self::Paused)
    }

    /// Whether its messages end: those that were not sent are cancelled.
    #[must_use]
    pub const fn ends_messages(self) -> bool {
        matches!(self, Self::Cancelled)
    }

    /// Whether its planned rows are dispatched.
    #[must_use]
    pub const fn is_dispatched(self) -> bool {
        matches!(self, Self::Running)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_code() {
        for state in CampaignState::ALL {
            assert_eq!(CampaignState::from_code(state.code()), Some(state));
        }
    }
}
