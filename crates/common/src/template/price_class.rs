//! What Meta charges for messages with a template (Meta, pricing since 1 October 2026).

use super::Category;
use crate::explanation::Explanation;
use crate::serialize::serialize_as;

/// The class by which Meta charges for a template's messages. Amounts depend on the recipient's country and are Meta's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PriceClass {
    /// Charged at the marketing rate.
    Marketing,
    /// Charged at the utility rate, in and out of a conversation.
    Utility,
    /// Charged at the authentication rate.
    Authentication,
    /// Meta's class of the category is not known.
    Unknown,
}

serialize_as!(PriceClass, as_str);

impl PriceClass {
    /// The class of a template's category.
    #[must_use]
    pub const fn of(category: &Category) -> Self {
        match category {
            Category::Marketing => Self::Marketing,
            Category::Utility => Self::Utility,
            Category::Authentication => Self::Authentication,
            // Templates do not have the category of messages without one.
            Category::Service | Category::Other(_) => Self::Unknown,
        }
    }

    /// The stable value in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Utility => "utility",
            Self::Authentication => "authentication",
            Self::Unknown => "unknown",
        }
    }

    /// When Meta charges.
    #[must_use]
    pub fn explanation(self) -> Explanation {
        match self {
            Self::Marketing => Explanation::new(
                "Meta charges each delivered message at its marketing rate, except in a free entry point window.",
                "Meta facture chaque message délivré à son tarif marketing, sauf dans une fenêtre de point d'entrée \
                 gratuit.",
            ),
            Self::Utility => Explanation::new(
                "Meta charges each delivered message at its utility rate, in and out of a conversation, except in a free \
                 entry point window.",
                "Meta facture chaque message délivré à son tarif utilitaire, dans une conversation ou non, sauf dans une \
                 fenêtre de point d'entrée gratuit.",
            ),
            Self::Authentication => Explanation::new(
                "Meta charges each delivered message at its authentication rate, except in a free entry point window.",
                "Meta facture chaque message délivré à son tarif d'authentification, sauf dans une fenêtre de point \
                 d'entrée gratuit.",
            ),
            Self::Unknown => Explanation::new(
                "It is not known how Meta charges for this category: see Meta's price list.",
                "On ne sait pas comment Meta facture cette catégorie : voyez la liste des prix de Meta.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_category_of_templates_has_a_class_and_no_class_names_an_amount() {
        for (category, class) in [
            ("MARKETING", PriceClass::Marketing),
            ("UTILITY", PriceClass::Utility),
            ("AUTHENTICATION", PriceClass::Authentication),
            ("NEW_AT_META", PriceClass::Unknown),
        ] {
            assert_eq!(PriceClass::of(&Category::from_meta(category)), class);
            let Explanation { en, fr } = class.explanation();
            assert!(!format!("{en}{fr}").contains(|sign: char| sign.is_ascii_digit()));
        }
    }
}
