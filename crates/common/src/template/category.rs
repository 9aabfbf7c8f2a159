//! The category of a message: it determines price, lane, consent and the in-doubt policy. Templates have three (Meta,
//! templates reference); messages without a template in a conversation are a fourth, which Meta calls `service` where
//! it reports the price (Meta, webhooks reference: pricing).

use std::fmt;

use crate::serialize::serialize_as;

/// The category of a template, or of a message without one. Meta may add more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Category {
    /// One-time codes.
    Authentication,
    /// Receipts, confirmations, reminders.
    Utility,
    /// Offers and all other messages.
    Marketing,
    /// Messages without a template, in a conversation that the client opened.
    Service,
    /// A category that Meta added since.
    Other(String),
}

serialize_as!(Category, as_meta);

impl Category {
    /// Reads Meta's value for a template, whatever its case.
    #[must_use]
    pub fn from_meta(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "AUTHENTICATION" => Self::Authentication,
            "UTILITY" => Self::Utility,
            "MARKETING" => Self::Marketing,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// Meta's value.
    #[must_use]
    pub fn as_meta(&self) -> &str {
        match self {
            Self::Authentication => "AUTHENTICATION",
            Self::Utility => "UTILITY",
            Self::Marketing => "MARKETING",
            Self::Service => "SERVICE",
            Self::Other(word) => word,
        }
    }

    /// The stable number in the database; 9 is used for every unknown category.
    #[must_use]
    pub const fn code(&self) -> i16 {
        match self {
            Self::Authentication => 1,
            Self::Utility => 2,
            Self::Marketing => 3,
            Self::Service => 4,
            Self::Other(_) => 9,
        }
    }

    /// The category of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Self {
        match code {
            1 => Self::Authentication,
            2 => Self::Utility,
            3 => Self::Marketing,
            4 => Self::Service,
            other => Self::Other(other.to_string()),
        }
    }

    /// The category that decides about a message that was accepted with this one and is not sent yet: what its template
    /// is now. A message without a template keeps its own.
    #[must_use]
    pub fn of_unsent(&self, of_template: Option<Self>) -> Self {
        of_template.unwrap_or_else(|| self.clone())
    }

    /// Whether a message that was accepted with this category may be stored with another. One-time codes are stored in a
    /// place of their own, which is found by the category: they keep theirs, and no other message takes theirs.
    #[must_use]
    pub fn can_become(&self, other: &Self) -> bool {
        self != other && ![self, other].contains(&&Self::Authentication)
    }

    /// Whether an opt-out covers messages of this category: all but one-time codes, utility messages, and replies to a
    /// client who wrote. An unknown category is treated like marketing.
    #[must_use]
    pub const fn covered_by_opt_out(&self) -> bool {
        matches!(self, Self::Marketing | Self::Other(_))
    }

    /// Whether a campaign may send it: all but one-time codes, whose variables are kept for 300 seconds, and a campaign
    /// takes longer than that.
    #[must_use]
    pub const fn suits_campaigns(&self) -> bool {
        !matches!(self, Self::Authentication)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_meta())
    }
}
