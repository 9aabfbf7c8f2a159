//! A template filled in as the recipient reads it, for people to check before anything is sent.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Variables;
use super::text::fill_text;
use crate::media::MediaKind;

/// The text that a recipient reads. Holds personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct MessagePreview {
    /// The header's text.
    pub header: Option<String>,
    /// The kind of the file in the header.
    pub header_media: Option<MediaKind>,
    /// The body's text.
    pub body: String,
    /// The text below the body.
    pub footer: Option<String>,
    /// The texts of the buttons, in their order.
    pub buttons: Vec<String>,
}

/// Fills variables into the `components` array of a template node.
#[must_use]
pub fn preview(components: &Value, variables: &Variables) -> MessagePreview {
    let mut preview = MessagePreview {
        header: None,
        header_media: None,
        body: String::new(),
        footer: None,
        buttons: Vec::new(),
    };
    let body_values = values(variables, "");
    let header_values = values(variables, "header.");
    for component in components.as_array().into_iter().flatten() {
        let text = text(component, "text");
        match self::text(component, "type").to_ascii_uppercase().as_str() {
            "HEADER" => {
                preview.header_media = MediaKind::of_header(self::text(component, "format"));
                preview.header = (!text.is_empty()).then(|| filled(text, &header_values));
            }
            "BODY" => preview.body = filled(text, &body_values),
            "FOOTER" => preview.footer = (!text.is_empty()).then(|| text.to_owned()),
            "BUTTONS" => {
                let buttons = component.get("buttons").and_then(Value::as_array);
                let labels = buttons.into_iter().flatten();
                preview.buttons = labels
                    .map(|button| self::text(button, "text").to_owned())
                    .collect();
            }
            _ => {}
        }
    }
    preview
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
