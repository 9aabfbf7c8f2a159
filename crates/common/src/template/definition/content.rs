//! What a template shows: one of four kinds.

use serde_json::Value;

use super::carousel::Carousel;
use super::check::Check;
use super::code::CodeTemplate;
use super::message::Message;
use super::offer::Offer;
use super::parts::{PartKind, Parts};
use crate::template::category::Category;

/// The components of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Message(Message),
    Offer(Offer),
    Carousel(Carousel),
    Code(CodeTemplate),
}

impl Content {
    /// Reads the components of a template of the category in `check`.
    pub(super) fn read(parts: &Parts<'_>, check: &mut Check) -> Option<Self> {
        if check.category == Category::Authentication {
            return CodeTemplate::read(parts, check).map(Self::Code);
        }
        if let Some(cards) = parts.get(PartKind::Carousel) {
            return Carousel::read(parts, cards, check).map(Self::Carousel);
        }
        if let Some(terms) = parts.get(PartKind::LimitedTimeOffer) {
            return Offer::read(parts, terms, check).map(Self::Offer);
        }
        Message::read(parts, check).map(Self::Message)
    }

    pub(super) fn to_meta(&self) -> Vec<Value> {
        match self {
            Self::Message(message) => message.to_meta(),
            Self::Offer(offer) => offer.to_meta(),
            Self::Carousel(carousel) => carousel.to_meta(),
            Self::Code(code) => code.to_meta(),
        }
    }
}
