//! What became of one row of an audience.

/// The state of a row in the ledger of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecipientState {
    /// Will get the message.
    Planned,
    /// Left out; the reason stands beside it.
    Skipped,
    /// Its message exists.
    Released,
}

impl RecipientState {
    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Planned => 1,
            Self::Skipped => 2,
            Self::Released => 3,
        }
    }
}
