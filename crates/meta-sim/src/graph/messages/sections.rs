//! The components of a template send: those of the message, and within a carousel those of each card.

use serde_json::{Map, Value};

use super::envelope::required;
use super::parameters;
use crate::graph::error::GraphError;
use crate::state::template_shape::{Button, Header, SectionShape, Variables};

/// Meta, components: 1,024 characters of body after substitution.
const LONGEST_BODY: usize = 1_024;
const COMPONENT_KEYS: &[&str] = &["type", "sub_type", "index", "parameters", "cards"];

/// The parts of a send, by component.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) header: Option<&'a [Value]>,
    pub(super) body: Option<&'a [Value]>,
    pub(super) buttons: Vec<(usize, &'a str, &'a [Value])>,
    pub(super) offer: Option<&'a [Value]>,
    pub(super) cards: Option<&'a [Value]>,
}

impl<'a> Parts<'a> {
    /// Reads the `components` of a message or a card, which stands at this place of the request.
    pub(super) fn of(object: &'a Value, at: &str) -> Result<Self, GraphError> {
        let mut parts = Self::default();
        let components = match object.get("components") {
            None | Some(Value::Null) => return Ok(parts),
            Some(Value::Array(components)) => components,
            Some(_) => {
                let details = format!("Param {at}['components'] must be an array");
                return Err(GraphError::parameter(details));
            }
        };
        for (place, component) in components.iter().enumerate() {
            let at = format!("{at}['components'][{place}]");
            refuse_unknown_keys(object_at(component, &at)?, COMPONENT_KEYS, &at)?;
            parts.add(component, &at)?;
        }
        Ok(parts)
    }

    fn add(&mut self, component: &'a Value, at: &str) -> Result<(), GraphError> {
        let list = |key: &str| {
            let list = component.get(key).and_then(Value::as_array);
            list.map(Vec::as_slice).unwrap_or_default()
        };
        let text = |key: &str| component.get(key).and_then(Value::as_str);
        let once = |part: &mut Option<&'a [Value]>, key: &str| match part.replace(list(key)) {
            None => Ok(()),
            Some(_) => {
                let details = format!("Param {at} repeats a component");
                Err(GraphError::parameter(details))
            }
        };
        match text("type").unwrap_or_default() {
            "header" => once(&mut self.header, "parameters"),
            "body" => once(&mut self.body, "parameters"),
            "limited_time_offer" => once(&mut self.offer, "parameters"),
            "carousel" => once(&mut self.cards, "cards"),
            "button" => {
                let sub_type = text("sub_type");
                let sub_type = sub_type.ok_or_else(|| required(&format!("{at}['sub_type']")))?;
                let index = component.get("index").and_then(index);
                let index = index.ok_or_else(|| required(&format!("{at}['index']")))?;
                self.buttons.push((index, sub_type, list("parameters")));
                Ok(())
            }
            // The target of a tap on the image: any template may be sent with it.
            "tap_target_configuration" => Ok(()),
            _ => Err(GraphError::parameter(format!(
                "Param {at}['type'] must be one of {{HEADER, BODY, BUTTON, CAROUSEL, \
                 LIMITED_TIME_OFFER}}"
            ))),
        }
    }

    /// Checks header, body and buttons against those of the template.
    pub(super) fn check(&self, shape: &SectionShape) -> Result<(), GraphError> {
        self.check_header(shape)?;
        self.check_body(shape)?;
        self.check_buttons(shape)
    }

    fn check_header(&self, shape: &SectionShape) -> Result<(), GraphError> {
        let list = self.header.unwrap_or_default();
        match &shape.header {
            Header::None => parameters::count("header", list, 0),
            Header::Text(variables) => parameters::texts("header", list, variables).map(drop),
            Header::Media(kind) => {
                parameters::count("header", list, 1)?;
                list.first()
                    .map_or(Ok(()), |parameter| parameters::media(parameter, kind))
            }
        }
    }

    fn check_body(&self, shape: &SectionShape) -> Result<(), GraphError> {
        let list = self.body.unwrap_or_default();
        let values = parameters::texts("body", list, &shape.body)?;
        let length = filled(&shape.body_text, &shape.body, &values)
            .chars()
            .count();
        if length > LONGEST_BODY {
            let details = format!("body: the text has {length} of {LONGEST_BODY} characters");
            return Err(GraphError::because(132_005, details));
        }
        Ok(())
    }

    fn check_buttons(&self, shape: &SectionShape) -> Result<(), GraphError> {
        for (index, sub_type, list) in &self.buttons {
            let button = shape.buttons.get(*index).ok_or_else(|| {
                let details = format!("buttons: the template has no button at index {index}");
                GraphError::because(132_018, details)
            })?;
            parameters::button(*index, *button, sub_type, list)?;
        }
        for (index, button) in shape.buttons.iter().enumerate() {
            let needed = matches!(button, Button::Url { variable: true } | Button::CopyCode);
            if needed && !self.buttons.iter().any(|(parts, _, _)| *parts == index) {
                let details = format!("buttons: Button at index {index} requires a parameter");
                return Err(GraphError::because(131_008, details));
            }
        }
        Ok(())
    }
}

fn filled(text: &str, variables: &Variables, values: &[(String, String)]) -> String {
    match variables {
        Variables::Positional(_) => values
            .iter()
            .zip(1..)
            .fold(text.to_owned(), |text, ((_, value), place)| {
                text.replace(&format!("{{{{{place}}}}}"), value)
            }),
        Variables::Named(_) => values.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{{{name}}}}}"), value)
        }),
    }
}

/// A position, as a number or as text.
pub(super) fn index(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

pub(super) fn object_at<'a>(
    value: &'a Value,
    at: &str,
) -> Result<&'a Map<String, Value>, GraphError> {
    value
        .as_object()
        .ok_or_else(|| GraphError::parameter(format!("Param {at} must be a JSON object")))
}

pub(super) fn refuse_unknown_keys(
    fields: &Map<String, Value>,
    known: &[&str],
    at: &str,
) -> Result<(), GraphError> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(GraphError::parameter(format!(
            "Unexpected key \"{key}\" on param \"{at}\""
        ))),
        None => Ok(()),
    }
}
