//! How a person refused marketing.

use crate::serialize::serialize_as;

/// How a person refused marketing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OptOutSource {
    /// By a keyword in a message.
    Keyword,
    /// Possibly: one of the person's messages could not be read.
    Unreadable,
    /// In WhatsApp's settings.
    Preference,
    /// In WhatsApp's settings, as the refusal of a message shows (131050).
    Refusal,
}

serialize_as!(OptOutSource, as_str);

impl OptOutSource {
    /// Every source.
    pub const ALL: [Self; 4] = [
        Self::Keyword,
        Self::Unreadable,
        Self::Preference,
        Self::Refusal,
    ];

    /// The stable text in the database and the feed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Unreadable => "unreadable",
            Self::Preference => "preference",
            Self::Refusal => "refusal",
        }
    }

    /// Whether Meta stores the refusal, so that an opt-in at the business does not lift it.
    #[must_use]
    pub const fn is_kept_by_meta(self) -> bool {
        matches!(self, Self::Preference | Self::Refusal)
    }
}
