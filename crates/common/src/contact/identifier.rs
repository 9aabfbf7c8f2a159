//! The identifiers of a person.

use crate::ids::WabaId;

/// A keyed hash of an identifier: the same for all spellings of one phone number.
pub type IdentifierHash = [u8; 32];

/// The kind of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentifierKind {
    /// A phone number as the business wrote it; Meta has not shown it yet.
    Phone,
    /// A phone number as Meta writes it.
    WaId,
    /// A business-scoped user id (BSUID).
    UserId,
    /// The user id that linked portfolios share.
    ParentUserId,
}

/// One identifier of a person, as one item of Meta's shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// Its keyed hash.
    pub hash: IdentifierHash,
    /// Its kind.
    pub kind: IdentifierKind,
    /// The account at which it was shown. A user id is valid within its account's portfolio only.
    pub waba_id: Option<WabaId>,
}

impl IdentifierKind {
    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Phone => 1,
            Self::WaId => 2,
            Self::UserId => 3,
            Self::ParentUserId => 4,
        }
    }

    /// The kind of a stored number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        Some(match code {
            1 => Self::Phone,
            2 => Self::WaId,
            3 => Self::UserId,
            4 => Self::ParentUserId,
            _ => return None,
        })
    }

    /// Whether it is a phone number: numbers may be reassigned to other people, user ids never are.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Phone | Self::WaId)
    }
}
