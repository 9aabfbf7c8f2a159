//! Templates that Meta refuses at once when they are created or edited (Meta, templates: components). The codes are
//! those of its table; where it has none, (#100).

use serde_json::Value;

use super::error::GraphError;
use crate::state::account::Template;

const CATEGORIES: [&str; 3] = ["MARKETING", "UTILITY", "AUTHENTICATION"];
const COMPONENTS: [&str; 7] = [
    "HEADER",
    "BODY",
    "FOOTER",
    "BUTTONS",
    "CAROUSEL",
    "LIMITED_TIME_OFFER",
    "CALL_PERMISSION_REQUEST",
];
const LONGEST_NAME: usize = 512;
const LONGEST_BODY: usize = 1_024;
const LONGEST_LINE: usize = 60;
const LONGEST_LABEL: usize = 25;
const MOST_BUTTONS: usize = 10;
const TOO_LONG: i64 = 2_388_040;
const WRONG_BODY: i64 = 2_388_072;
const WRONG_FOOTER: i64 = 2_388_073;
const VARIABLE_AT_AN_END: i64 = 2_388_299;

/// Refuses a template that cannot be submitted for review. Types are already in upper case.
pub(super) fn check(template: &Template) -> Result<(), GraphError> {
    check_name(&template.name)?;
    if template.language.is_empty() {
        return Err(GraphError::parameter("The parameter language is required."));
    }
    if !CATEGORIES.contains(&template.category.as_str()) {
        return Err(GraphError::parameter(format!(
            "Param category must be one of {{{}}}",
            CATEGORIES.join(", ")
        )));
    }
    let of_type = |kind: &str| {
        let components = template.components.iter();
        components.filter(|it| text(it, "type") == kind).count()
    };
    let unknown = template
        .components
        .iter()
        .map(|component| text(component, "type"))
        .find(|kind| !COMPONENTS.contains(kind));
    if let Some(kind) = unknown {
        return Err(GraphError::parameter(format!(
            "Param components[]['type'] must be one of {{{}}}. Received {kind}.",
            COMPONENTS.join(", ")
        )));
    }
    if of_type("BODY") != 1 {
        return Err(GraphError::because(
            WRONG_BODY,
            "One component of type BODY is needed.",
        ));
    }
    template.components.iter().try_for_each(check_component)
}

fn check_name(name: &str) -> Result<(), GraphError> {
    let suits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(suits) {
        return Ok(());
    }
    Err(GraphError::parameter(
        "Param name must have 1 to 512 lowercase letters, digits and underscores.",
    ))
}

fn check_component(component: &Value) -> Result<(), GraphError> {
    let content = text(component, "text");
    match text(component, "type") {
        "BODY" => {
            length(content, LONGEST_BODY)?;
            check_variables(component, content)
        }
        "FOOTER" => {
            length(content, LONGEST_LINE)?;
            match content.contains("{{") {
                true => Err(GraphError::because(
                    WRONG_FOOTER,
                    "A footer has no variables.",
                )),
                false => Ok(()),
            }
        }
        "HEADER" => length(content, LONGEST_LINE),
        "BUTTONS" => check_buttons(component),
        _ => Ok(()),
    }
}

fn length(content: &str, longest: usize) -> Result<(), GraphError> {
    match content.chars().count() {
        count if count > longest => Err(GraphError::of(TOO_LONG)),
        _ => Ok(()),
    }
}

fn check_variables(component: &Value, content: &str) -> Result<(), GraphError> {
    if content.is_empty() {
        return Err(GraphError::because(WRONG_BODY, "The body has no text."));
    }
    let is_codes_own =
        component.get("add_security_recommendation").is_some() || content.starts_with("*{{1}}*");
    let trimmed = content.trim();
    if !is_codes_own && (trimmed.starts_with("{{") || trimmed.ends_with("}}")) {
        return Err(GraphError::of(VARIABLE_AT_AN_END));
    }
    if content.contains("}}{{") {
        return Err(GraphError::because(
            WRONG_BODY,
            "Two variables stand next to each other.",
        ));
    }
    let has_example = component
        .get("example")
        .is_some_and(|example| !example.is_null());
    if content.contains("{{") && !has_example {
        return Err(GraphError::because(
            WRONG_BODY,
            "Every variable needs an example.",
        ));
    }
    Ok(())
}

fn check_buttons(component: &Value) -> Result<(), GraphError> {
    let buttons = component.get("buttons").and_then(Value::as_array);
    let buttons = buttons.map(Vec::as_slice).unwrap_or_default();
    if !(1..=MOST_BUTTONS).contains(&buttons.len()) {
        return Err(GraphError::parameter(
            "Param buttons must have 1 to 10 items.",
        ));
    }
    let too_long = |button: &Value| text(button, "text").chars().count() > LONGEST_LABEL;
    match buttons.iter().any(too_long) {
        true => Err(GraphError::of(TOO_LONG)),
        false => Ok(()),
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
