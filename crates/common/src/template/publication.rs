//! What is asked of Meta for a template: a creation, an edit or a deletion.

use crate::serialize::serialize_as;

/// What a publication asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicationAction {
    /// A new template.
    Create,
    /// Another text of a template that Meta has.
    Edit,
    /// That Meta deletes a template in one language or in all of them.
    Delete,
}

/// The state of a publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicationState {
    /// It is to be tried, for the first time or again.
    Waiting,
    /// Meta accepted it. A new text is then reviewed by Meta: see the status of the template.
    Accepted,
    /// Meta, or a rule that Meta has, refused it.
    Refused,
    /// It was cancelled before Meta accepted it.
    Cancelled,
}

serialize_as!(PublicationAction, as_str);
serialize_as!(PublicationState, as_str);

impl PublicationAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::Create, Self::Edit, Self::Delete];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Create => 1,
            Self::Edit => 2,
            Self::Delete => 3,
        }
    }

    /// The action of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.code() == code)
    }

    /// The stable value in the API and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Delete => "delete",
        }
    }
}

impl PublicationState {
    /// Every state.
    pub const ALL: [Self; 4] = [
        Self::Waiting,
        Self::Accepted,
        Self::Refused,
        Self::Cancelled,
    ];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Waiting => 1,
            Self::Accepted => 2,
            Self::Refused => 3,
            Self::Cancelled => 4,
        }
    }

    /// The state of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The stable value in the API and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_numbers_are_read_as_what_was_stored() {
        for action in PublicationAction::ALL {
            assert_eq!(PublicationAction::from_code(action.code()), Some(action));
        }
        for state in PublicationState::ALL {
            assert_eq!(PublicationState::from_code(state.code()), Some(state));
        }
    }
}
