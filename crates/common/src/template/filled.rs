//! Reading back the text of a filled-in template, from the `components` of the request to Meta and those of the
//! template.
//!
//! It follows Meta's rule and not the way in which we filled it in: the parameter at index n is the value of `{{n}}`,
//! or of the variable with its name. So it gives the text that the recipient reads.

use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

use super::Variables;
use super::shape::OFFER_END;
use super::text::fill_text;

/// The content of a filled-in template.
#[derive(Clone, PartialEq, Eq)]
pub struct FilledTemplate {
    /// Header, offer, body and footer, and the bodies of cards, a line each; `None` when the template does not fit the parameters (any more).
    pub text: Option<String>,
    /// The variables, by the names under which they were given.
    pub variables: Variables,
}

/// Reads a filled-in template back. `template` holds the components that Meta lists, when they are stored.
#[must_use]
pub fn read_filled(template: Option<&Value>, request: &Value) -> FilledTemplate {
    let variables = given_variables(request);
    FilledTemplate {
        text: template.and_then(|template| say(template, &variables)),
        variables,
    }
}

/// The variables that the `components` of a request were composed of.
pub(super) fn given_variables(request: &Value) -> Variables {
    let mut variables = Variables::new();
    read_section(items(Some(request)), "", &mut variables);
    variables
}

/// Reads the components of a message, or of a card whose variables have this prefix.
fn read_section<'c>(
    components: impl Iterator<Item = &'c Value>,
    prefix: &str,
    variables: &mut Variables,
) {
    for component in components {
        match text(component, "type").to_ascii_lowercase().as_str() {
            "header" => read_parameters(component, &format!("{prefix}header."), variables),
            "body" => read_parameters(component, prefix, variables),
            "button" => read_button(component, prefix, variables),
            "limited_time_offer" => read_offer(component, variables),
            "carousel" => {
                for card in items(component.get("cards")) {
                    let Some(index) = card.get("card_index").and_then(index) else {
                        continue;
                    };
                    let parts = items(card.get("components"));
                    read_section(parts, &format!("card.{index}."), variables);
                }
            }
            _ => {}
        }
    }
}

fn read_parameters(component: &Value, prefix: &str, variables: &mut Variables) {
    let parameters = items(component.get("parameters"));
    for (position, parameter) in (1_usize..).zip(parameters) {
        let kind = text(parameter, "type");
        if kind == "text" {
            let name = parameter.get("parameter_name").and_then(Value::as_str);
            let name = name.map_or_else(|| position.to_string(), str::to_owned);
            let value = text(parameter, "text").to_owned();
            variables.insert(format!("{prefix}{name}"), value);
            continue;
        }
        let content = parameter.get(kind).unwrap_or(&Value::Null);
        let fields: &[(&str, &str)] = match kind {
            "location" => &[
                ("latitude", "latitude"),
                ("longitude", "longitude"),
                ("name", "name"),
                ("address", "address"),
            ],
            _ => &[(kind, "id"), ("filename", "filename")],
        };
        for (name, field) in fields {
            if let Some(value) = content.get(field).and_then(as_text) {
                variables.insert(format!("{prefix}{name}"), value);
            }
        }
    }
}

fn read_offer(component: &Value, variables: &mut Variables) {
    let end = component.pointer("/parameters/0/limited_time_offer/expiration_time_ms");
    let end = end.and_then(Value::as_i64);
    if let Some(end) = end.and_then(DateTime::from_timestamp_millis) {
        let end = end.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        variables.insert(OFFER_END.to_owned(), end);
    }
}

fn read_button(component: &Value, prefix: &str, variables: &mut Variables) {
    let Some(index) = component.get("index").and_then(index) else {
        return;
    };
    let Some(parameter) = items(component.get("parameters")).next() else {
        return;
    };
    let name = format!("{prefix}button.{index}");
    let action = parameter.get("action").unwrap_or(&Value::Null);
    let values = [
        (name.clone(), parameter.get("text")),
        (name.clone(), parameter.get("coupon_code")),
        (format!("{name}.payload"), parameter.get("payload")),
        (format!("{name}.flow_token"), action.get("flow_token")),
        (
            format!("{name}.product"),
            action.get("thumbnail_product_retailer_id"),
        ),
    ];
    for (name, value) in values {
        if let Some(value) = value.and_then(Value::as_str) {
            variables.insert(name, value.to_owned());
        }
    }
    if let Some(data) = action.get("flow_action_data") {
        variables.insert(format!("{name}.flow_data"), data.to_string());
    }
}

/// Meta accepts an index as text and as a number.
fn index(value: &Value) -> Option<String> {
    match value {
        Value::String(index) => Some(index.clone()),
        Value::Number(index) => Some(index.to_string()),
        _ => None,
    }
}

/// A text, or a number as a person writes it.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_f64().map(|number| number.to_string()),
        _ => None,
    }
}

/// The text for the recipient, or `None` when a placeholder has no value.
fn say(template: &Value, variables: &Variables) -> Option<String> {
    let mut lines = Vec::new();
    say_section(items(Some(template)), "", variables, &mut lines)?;
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn say_section<'c>(
    components: impl Iterator<Item = &'c Value>,
    prefix: &str,
    variables: &Variables,
    lines: &mut Vec<String>,
) -> Option<()> {
    for component in components {
        let (prefix, words) = match text(component, "type").to_ascii_uppercase().as_str() {
            "HEADER" => (format!("{prefix}header."), text(component, "text")),
            "BODY" | "FOOTER" => (prefix.to_owned(), text(component, "text")),
            "LIMITED_TIME_OFFER" => {
                let offer = component.get("limited_time_offer").unwrap_or(&Value::Null);
                (prefix.to_owned(), text(offer, "text"))
            }
            "CAROUSEL" => {
                for (index, card) in items(component.get("cards")).enumerate() {
                    let parts = items(card.get("components"));
                    say_section(parts, &format!("card.{index}."), variables, lines)?;
                }
                continue;
            }
            _ => continue,
        };
        if !words.is_empty() {
            let value = |name: &str| {
                variables
                    .get(&format!("{prefix}{name}"))
                    .map(String::as_str)
            };
            let (line, is_complete) = fill_text(words, value);
            is_complete.then(|| lines.push(line))?;
        }
    }
    Some(())
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
