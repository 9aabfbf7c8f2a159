//! A template filled in as the recipient reads it, for people to check before anything is sent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Variables;
use super::shape::OFFER_END;
use super::text::fill_text;
use crate::media::MediaKind;

/// The text that a recipient reads. Holds personal data.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MessagePreview {
    /// The header's text.
    pub header: Option<String>,
    /// The kind of the file in the header.
    pub header_media: Option<MediaKind>,
    /// The place in the header: its name and address, else its degrees.
    pub location: Option<String>,
    /// The limited-time offer.
    pub offer: Option<OfferPreview>,
    /// The body's text.
    pub body: String,
    /// The text below the body.
    pub footer: Option<String>,
    /// The texts of the buttons, in their order.
    pub buttons: Vec<String>,
    /// The cards of the carousel, in their order.
    pub cards: Vec<CardPreview>,
}

/// A limited-time offer.
#[derive(Clone, PartialEq, Eq)]
pub struct OfferPreview {
    /// Its title.
    pub text: String,
    /// When it ends, as it was given.
    pub expires_at: Option<String>,
}

/// A card of a carousel.
#[derive(Clone, PartialEq, Eq)]
pub struct CardPreview {
    /// The kind of the file in its header.
    pub header_media: Option<MediaKind>,
    /// The text.
    pub body: String,
    /// The texts of the buttons, in their order.
    pub buttons: Vec<String>,
}

/// Fills variables into the `components` array of a template node.
#[must_use]
pub fn preview(components: &Value, variables: &Variables) -> MessagePreview {
    section(items(Some(components)), variables, "")
}

/// A message, or a card whose variables have this prefix.
fn section<'c>(
    components: impl Iterator<Item = &'c Value>,
    variables: &Variables,
    prefix: &str,
) -> MessagePreview {
    let mut preview = MessagePreview::default();
    let header_prefix = format!("{prefix}header.");
    let body_values = values(variables, prefix);
    let header_values = values(variables, &header_prefix);
    for component in components {
        let text = text(component, "text");
        match self::text(component, "type").to_ascii_uppercase().as_str() {
            "HEADER" => {
                let format = self::text(component, "format");
                preview.header_media = MediaKind::of_header(format);
                preview.header = (!text.is_empty()).then(|| filled(text, &header_values));
                preview.location = format
                    .eq_ignore_ascii_case("LOCATION")
                    .then(|| location(&header_values));
            }
            "BODY" => preview.body = filled(text, &body_values),
            "FOOTER" => preview.footer = (!text.is_empty()).then(|| text.to_owned()),
            "BUTTONS" => preview.buttons = labels(component),
            "LIMITED_TIME_OFFER" => {
                let offer = component.get("limited_time_offer");
                preview.offer = offer.map(|offer| OfferPreview {
                    text: self::text(offer, "text").to_owned(),
                    expires_at: variables.get(OFFER_END).cloned(),
                });
            }
            "CAROUSEL" => preview.cards = cards(component, variables),
            _ => {}
        }
    }
    preview
}

fn cards(component: &Value, variables: &Variables) -> Vec<CardPreview> {
    let cards = items(component.get("cards")).enumerate();
    let shown = cards.map(|(index, card)| {
        let prefix = format!("card.{index}.");
        let card = section(items(card.get("components")), variables, &prefix);
        CardPreview {
            header_media: card.header_media,
            body: card.body,
            buttons: card.buttons,
        }
    });
    shown.collect()
}

fn labels(component: &Value) -> Vec<String> {
    items(component.get("buttons"))
        .map(|button| text(button, "text").to_owned())
        .collect()
}

fn location(values: &BTreeMap<&str, &str>) -> String {
    let given = |names: [&str; 2]| {
        let found = names
            .into_iter()
            .filter_map(|name| values.get(name).copied());
        found.collect::<Vec<&str>>().join(", ")
    };
    let words = given(["name", "address"]);
    match words.is_empty() {
        true => given(["latitude", "longitude"]),
        false => words,
    }
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// The values of one part of a message, by the names of the variables in its text.
fn values<'v>(variables: &'v Variables, prefix: &str) -> BTreeMap<&'v str, &'v str> {
    let of_part =
        |(name, value): (&'v String, &'v String)| Some((name.strip_prefix(prefix)?, value.trim()));
    variables.iter().filter_map(of_part).collect()
}

/// The text with its variables filled in. A variable without a value stays as it is, so that the fault is visible.
fn filled(text: &str, values: &BTreeMap<&str, &str>) -> String {
    fill_text(text, |name| values.get(name).copied()).0
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables(values: &[(&str, &str)]) -> Variables {
        values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn every_part_is_shown_as_its_recipient_reads_it() {
        let components = json!([
            {"type": "HEADER", "format": "TEXT", "text": "Offre de {{1}}"},
            {"type": "BODY", "text": "Bonjour {{1}}, commande {{2}} de {{1}}."},
            {"type": "FOOTER", "text": "STOP pour arrêter"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Oui"},
                {"type": "URL", "text": "Voir", "url": "https://boutique.example/{{1}}"}
            ]},
        ]);
        let values = variables(&[
            ("1", " Zénabo "),
            ("2", "A-7"),
            ("header.1", "Noël"),
            ("button.1", "x"),
        ]);
        let shown = preview(&components, &values);
        assert_eq!(shown.header.as_deref(), Some("Offre de Noël"));
        assert_eq!(shown.body, "Bonjour Zénabo, commande A-7 de Zénabo.");
        assert_eq!(shown.footer.as_deref(), Some("STOP pour arrêter"));
        assert_eq!(shown.buttons, ["Oui", "Voir"]);
    }

    #[test]
    fn cards_offers_and_places_are_shown_with_their_own_values() {
        let card = |text: &str| {
            json!({"components": [
                {"type": "HEADER", "format": "IMAGE"},
                {"type": "BODY", "text": text},
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Voir"}]}]})
        };
        let components = json!([
            {"type": "HEADER", "format": "LOCATION"},
            {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Vite", "has_expiration": true}},
            {"type": "BODY", "text": "Bonjour {{1}}"},
            {"type": "CAROUSEL", "cards": [card("Robe {{1}}"), card("Sac {{1}}")]}]);
        let mut values = variables(&[
            ("1", "Awa"),
            ("card.0.1", "bleue"),
            ("card.1.1", "rouge"),
            ("offer.expires_at", "2026-12-31T18:00:00Z"),
            ("header.latitude", "12.37"),
            ("header.longitude", "-1.52"),
        ]);
        let shown = preview(&components, &values);
        assert_eq!(shown.body, "Bonjour Awa");
        let bodies: Vec<_> = shown.cards.iter().map(|card| card.body.as_str()).collect();
        assert_eq!(bodies, ["Robe bleue", "Sac rouge"]);
        assert_eq!(shown.cards[1].buttons, ["Voir"]);
        assert_eq!(shown.cards[1].header_media, Some(MediaKind::Image));
        let offer = shown.offer.unwrap();
        assert_eq!(offer.text, "Vite");
        assert_eq!(offer.expires_at.as_deref(), Some("2026-12-31T18:00:00Z"));
        assert_eq!(shown.location.as_deref(), Some("12.37, -1.52"));
        values.insert("header.name".to_owned(), "Boutique Faso".to_owned());
        let shown = preview(&components, &values);
        assert_eq!(shown.location.as_deref(), Some("Boutique Faso"));
    }

    #[test]
    fn names_are_filled_in_as_numbers_are_and_values_are_not_filled_in_again() {
        let components = json!([
            {"type": "header", "format": "image"},
            {"type": "body", "text": "{{ prenom }} {{code}} {{jour}} {{"},
        ]);
        let shown = preview(
            &components,
            &variables(&[("prenom", "{{code}}"), ("code", "7")]),
        );
        assert_eq!(shown.header_media, Some(MediaKind::Image));
        assert_eq!(shown.body, "{{code}} 7 {{jour}} {{");
    }
}
