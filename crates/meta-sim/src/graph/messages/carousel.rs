//! The cards of a template send: as many as the template has, each under its index.

use serde_json::Value;

use super::sections::{Parts, index, object_at, refuse_unknown_keys};
use crate::graph::error::GraphError;
use crate::state::template_shape::SectionShape;

const CARD_KEYS: &[&str] = &["card_index", "components"];

/// Checks the cards of a send against those of the template.
pub(super) fn check(shapes: &[SectionShape], cards: Option<&[Value]>) -> Result<(), GraphError> {
    if cards.is_some() && shapes.is_empty() {
        let details = "carousel: the template has no such component";
        return Err(GraphError::because(132_012, details));
    }
    let cards = cards.unwrap_or_default();
    let mut seen = Vec::new();
    for (place, card) in cards.iter().enumerate() {
        let at = format!("template['components']['carousel']['cards'][{place}]");
        refuse_unknown_keys(object_at(card, &at)?, CARD_KEYS, &at)?;
        let index = card.get("card_index").and_then(index);
        let index = index
            .ok_or_else(|| GraphError::because(131_008, format!("{at}: card_index is missing")))?;
        let shape = shapes.get(index).filter(|_| !seen.contains(&index));
        let shape = shape.ok_or_else(|| {
            let details =
                format!("carousel: card_index {index} is repeated or not in the template");
            GraphError::because(132_018, details)
        })?;
        let parts = Parts::of(card, &at)?;
        if parts.cards.is_some() || parts.offer.is_some() {
            let details = format!("{at}: a card has no such component");
            return Err(GraphError::because(132_012, details));
        }
        parts.check(shape)?;
        seen.push(index);
    }
    match (0..shapes.len()).find(|index| !seen.contains(index)) {
        Some(index) => Err(GraphError::because(
            131_008,
            format!("carousel: the card with card_index {index} is missing"),
        )),
        None => Ok(()),
    }
}
