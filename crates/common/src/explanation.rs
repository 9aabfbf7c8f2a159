//! A text for a person, in the languages of the product.

use serde::{Deserialize, Serialize};

/// What happened, what was kept, and what to do, in English and in French.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

impl Explanation {
    /// An explanation in both languages.
    #[must_use]
    pub fn new(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self {
            en: en.into(),
            fr: fr.into(),
        }
    }
}
