//! The three lanes: a campaign of a million messages must never delay a one-time code.

use crate::template::Category;

/// The priority class of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// One-time codes.
    Otp,
    /// Receipts, confirmations, reminders, replies: messages that are requested one by one.
    Transactional,
    /// Messages of a campaign.
    Campaign,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Self; 3] = [Self::Otp, Self::Transactional, Self::Campaign];

    /// The lane of a message outside of campaigns.
    #[must_use]
    pub const fn of_single(category: &Category) -> Self {
        match category {
            Category::Authentication => Self::Otp,
            Category::Utility | Category::Marketing | Category::Service | Category::Other(_) => {
                Self::Transactional
            }
        }
    }

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Otp => 1,
            Self::Transactional => 2,
            Self::Campaign => 3,
        }
    }

    /// The lane of a stored number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::Otp),
            2 => Some(Self::Transactional),
            3 => Some(Self::Campaign),
            _ => None,
        }
    }

    /// The stable value in metrics, logs and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Transactional => "transactional",
            Self::Campaign => "campaign",
        }
    }
}
