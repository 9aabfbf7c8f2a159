//! The outcomes of a POST to Meta.

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
