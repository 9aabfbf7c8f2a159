//! The state of one row of an audience.

/// The state of a row of a campaign's audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecipientState {
    /// Will get the message.
    Planned,
    /// Gets no message; the reason is stored with the row.
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
