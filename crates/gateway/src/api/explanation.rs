//! Texts for people, in the languages of the product.

use serde::Serialize;
use utoipa::ToSchema;

/// A text for a shop owner: what happened, what was kept, and what to do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// In English.
    en: String,
    /// In French.
    fr: String,
}

impl From<common::explanation::Explanation> for Explanation {
    fn from(text: common::explanation::Explanation) -> Self {
        let common::explanation::Explanation { en, fr } = text;
        Self { en, fr }
    }
}
