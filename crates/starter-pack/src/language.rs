//! The languages of the pack.

/// A language, in Meta's spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// `fr`
    French,
    /// `en`
    English,
}

impl Language {
    /// Every language, the one that most shops use first.
    pub const ALL: [Self; 2] = [Self::French, Self::English];

    /// The language as Meta spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    /// The language with this spelling.
    #[must_use]
    pub fn spelled(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == text)
    }
}
