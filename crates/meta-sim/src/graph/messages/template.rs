//! A template send, checked against the stored template (Meta, templates: sending; error codes 1320xx).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::envelope::required;
use super::parameters;
use crate::graph::error::GraphError;
use crate::state::accounts::{StoredTemplate, Waba};
use crate::state::template_shape::{Button, Header, TemplateShape, Variables};

/// Meta, components: 1,024 characters of body after substitution.
const LONGEST_BODY: usize = 1_024;
/// Meta, authentication templates: codes of at most 15 characters.
const LONGEST_CODE: usize = 15;
const TEMPLATE_KEYS: &[&str] = &["name", "language", "components", "namespace"];
const COMPONENT_KEYS: &[&str] = &["type", "sub_type", "index", "parameters", "cards"];

/// The parts of a send, by component.
#[derive(Default)]
struct Parts<'a> {
    header: Option<&'a [Value]>,
    body: Option<&'a [Value]>,
    buttons: Vec<(usize, &'a str, &'a [Value])>,
    others: Vec<&'a str>,
}

/// The template's name in the send; empty without one.
pub(crate) fn name(content: &Value) -> &str {
    content
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Finds the template and checks the send against it.
pub(crate) fn check(content: &Value, waba: &Waba) -> Result<Arc<StoredTemplate>, GraphError> {
    let fields = content
        .as_object()
        .ok_or_else(|| GraphError::parameter("Param template must be a JSON object"))?;
    refuse_unknown_keys(fields, TEMPLATE_KEYS, "template")?;
    let name = Some(name(content)).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| required("template['name']"))?;
    let language = content.pointer("/language/code").and_then(Value::as_str);
    let language = language.ok_or_else(|| required("template['language']['code']"))?;
    let template = waba.template(name, language).ok_or_else(|| {
        GraphError::because(
            132_001,
            format!("template name ({name}) does not exist in {language}"),
        )
    })?;
    is_sendable(template)?;
    let parts = parts(content)?;
    check_header(&template.shape, &parts)?;
    check_body(&template.shape, &parts)?;
    check_buttons(&template.shape, &parts)?;
    check_others(&template.shape, &parts)?;
    if template.facts.category == "AUTHENTICATION" {
        check_code(&parts)?;
    }
    Ok(Arc::clone(template))
}

fn is_sendable(template: &StoredTemplate) -> Result<(), GraphError> {
    match template.facts.status.as_str() {
        "APPROVED" | "REINSTATED" | "FLAGGED" => Ok(()),
        "PAUSED" => Err(GraphError::of(132_015)),
        "DISABLED" => Err(GraphError::of(132_016)),
        _ => Err(GraphError::of(132_001)),
    }
}

fn parts(content: &Value) -> Result<Parts<'_>, GraphError> {
    let mut parts = Parts::default();
    let components = match content.get("components") {
        None | Some(Value::Null) => return Ok(parts),
        Some(Value::Array(components)) => components,
        Some(_) => {
            return Err(GraphError::parameter(
                "Param template['components'] must be an array",
            ));
        }
    };
    for (index, component) in components.iter().enumerate() {
        let at = format!("template['components'][{index}]");
        let fields = component
            .as_object()
            .ok_or_else(|| GraphError::parameter(format!("Param {at} must be a JSON object")))?;
        refuse_unknown_keys(fields, COMPONENT_KEYS, &at)?;
        parts.add(component, &at)?;
    }
    Ok(parts)
}

impl<'a> Parts<'a> {
    fn add(&mut self, component: &'a Value, at: &str) -> Result<(), GraphError> {
        let list = component.get("parameters").and_then(Value::as_array);
        let list = list.map(Vec::as_slice).unwrap_or_default();
        let text = |key: &str| component.get(key).and_then(Value::as_str);
        let twice = || GraphError::parameter(format!("Param {at} repeats a component"));
        match text("type").unwrap_or_default() {
            "header" if self.header.is_some() => Err(twice()),
            "body" if self.body.is_some() => Err(twice()),
            "header" => {
                self.header = Some(list);
                Ok(())
            }
            "body" => {
                self.body = Some(list);
                Ok(())
            }
            "button" => {
                let sub_type = text("sub_type");
                let sub_type = sub_type.ok_or_else(|| required(&format!("{at}['sub_type']")))?;
                let index = component.get("index").and_then(index);
                let index = index.ok_or_else(|| required(&format!("{at}['index']")))?;
                self.buttons.push((index, sub_type, list));
                Ok(())
            }
            other @ ("carousel" | "limited_time_offer") => {
                self.others.push(other);
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
}

fn check_header(shape: &TemplateShape, parts: &Parts<'_>) -> Result<(), GraphError> {
    let list = parts.header.unwrap_or_default();
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

fn check_body(shape: &TemplateShape, parts: &Parts<'_>) -> Result<(), GraphError> {
    let list = parts.body.unwrap_or_default();
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

fn filled(text: &str, variables: &Variables, values: &[(String, String)]) -> String {
    match variables {
        Variables::Positional(_) => values
            .iter()
            .zip(1..)
            .fold(text.to_owned(), |text, ((_, value), index)| {
                text.replace(&format!("{{{{{index}}}}}"), value)
            }),
        Variables::Named(_) => values.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{{{name}}}}}"), value)
        }),
    }
}

fn check_buttons(shape: &TemplateShape, parts: &Parts<'_>) -> Result<(), GraphError> {
    for (index, sub_type, list) in &parts.buttons {
        let button = shape.buttons.get(*index).ok_or_else(|| {
            let details = format!("buttons: the template has no button at index {index}");
            GraphError::because(132_018, details)
        })?;
        parameters::button(*index, *button, sub_type, list)?;
    }
    for (index, button) in shape.buttons.iter().enumerate() {
        let needed = matches!(button, Button::Url { variable: true } | Button::CopyCode);
        if needed && !parts.buttons.iter().any(|(parts, _, _)| *parts == index) {
            let details = format!("buttons: Button at index {index} requires a parameter");
            return Err(GraphError::because(131_008, details));
        }
    }
    Ok(())
}

fn check_others(shape: &TemplateShape, parts: &Parts<'_>) -> Result<(), GraphError> {
    let stored = &shape.other_components;
    let extra = parts
        .others
        .iter()
        .find(|parts| !stored.iter().any(|kind| kind == *parts));
    let missing = stored
        .iter()
        .find(|kind| !parts.others.contains(&kind.as_str()));
    if let Some(kind) = extra {
        let details = format!("{kind}: the template has no such component");
        return Err(GraphError::because(132_012, details));
    }
    if let Some(kind) = missing {
        return Err(GraphError::because(
            131_008,
            format!("{kind}: component is missing"),
        ));
    }
    Ok(())
}

/// The code must be in the body and in the button, and identical.
fn check_code(parts: &Parts<'_>) -> Result<(), GraphError> {
    let code = parameters::first_text(parts.body.unwrap_or_default());
    if code.chars().count() > LONGEST_CODE {
        let details = format!("body: the code must be at most {LONGEST_CODE} characters long");
        return Err(GraphError::because(132_018, details));
    }
    let differs = |(_, _, list): &(usize, &str, &[Value])| parameters::first_text(list) != code;
    if parts.buttons.iter().any(differs) {
        return Err(GraphError::because(
            132_018,
            "buttons: the code differs from the body's",
        ));
    }
    Ok(())
}

fn index(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn refuse_unknown_keys(
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
