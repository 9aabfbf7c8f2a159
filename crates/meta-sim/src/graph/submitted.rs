//! The template that a call describes: its fields merged over those of before.

use serde_json::{Map, Value};

use super::error::GraphError;
use super::template_rules::{self, Submission};
use crate::state::State;
use crate::state::account::Template;
use crate::state::authentication;

/// Where Meta shows a sample, in place of the handle that it was given.
const SHOWN_SAMPLE: &str = "https://scontent.whatsapp.net/v/t61/";

/// Reads the call, checks it, and returns the template as Meta keeps it.
pub(super) fn read(
    state: &State,
    fields: &Map<String, Value>,
    before: Template,
) -> Result<Template, GraphError> {
    let is_new = before.id.is_empty();
    check_kinds(fields)?;
    let components = fields.get("components").and_then(Value::as_array);
    let components: Option<Vec<Value>> =
        components.map(|list| list.iter().map(with_capitals).collect());
    let template = described(fields, before);
    let limits = &state.limits().templates;
    let is_handle = |handle: &str| match limits.uploaded_samples_only {
        true => state.uploads.has(handle),
        false => !handle.contains("://"),
    };
    template_rules::check(&Submission {
        name: &template.name,
        language: &template.language,
        category: &template.category,
        parameter_format: &template.parameter_format,
        components: components.as_deref().or(is_new.then_some(&[])),
        ttl_seconds: template.message_send_ttl_seconds,
        is_handle: &is_handle,
        words_per_variable: usize::try_from(limits.words_per_variable).unwrap_or(usize::MAX),
    })?;
    let mut template = template;
    if let Some(components) = components {
        template.components = components;
        template.components.iter_mut().for_each(show_sample);
        authentication::complete(&mut template);
    }
    Ok(template)
}

fn check_kinds(fields: &Map<String, Value>) -> Result<(), GraphError> {
    let is_number = |value: &Value| {
        let text = as_text(value);
        text.is_some_and(|text| text.parse::<i64>().is_ok())
    };
    let suits = |key: &str, fits: &dyn Fn(&Value) -> bool| {
        let value = fields.get(key).filter(|value| !value.is_null());
        value.is_none_or(fits)
    };
    let wrong = match () {
        () if !suits("message_send_ttl_seconds", &is_number) => {
            "Param message_send_ttl_seconds must be an integer"
        }
        () if !suits("allow_category_change", &Value::is_boolean) => {
            "Param allow_category_change must be a boolean"
        }
        () => return Ok(()),
    };
    Err(GraphError::parameter(wrong))
}

/// The base of a new template: no field has a default.
pub(super) fn nothing() -> Template {
    Template {
        language: String::new(),
        category: String::new(),
        quality_score: "UNKNOWN".to_owned(),
        ..Template::default()
    }
}

/// A text, or a number as text.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Everything but the components. Name and language of a template never change.
fn described(fields: &Map<String, Value>, before: Template) -> Template {
    let text = |key: &str| fields.get(key).and_then(as_text);
    let capitals = |key: &str| text(key).map(|text| text.to_ascii_uppercase());
    let seconds = text("message_send_ttl_seconds").and_then(|seconds| seconds.parse().ok());
    let is_new = before.id.is_empty();
    let fixed = |key: &str, before: &String| match is_new {
        true => text(key).unwrap_or_default(),
        false => before.clone(),
    };
    Template {
        name: fixed("name", &before.name),
        language: fixed("language", &before.language),
        category: capitals("category").unwrap_or_else(|| before.category.clone()),
        parameter_format: capitals("parameter_format")
            .unwrap_or_else(|| before.parameter_format.clone()),
        message_send_ttl_seconds: seconds.or(before.message_send_ttl_seconds),
        status: "PENDING".to_owned(),
        rejected_reason: "NONE".to_owned(),
        ..before
    }
}

/// Meta shows types and formats in upper case, however they were written.
fn with_capitals(component: &Value) -> Value {
    let mut component = component.clone();
    let buttons = component.get_mut("buttons").and_then(Value::as_array_mut);
    for button in buttons.into_iter().flatten() {
        upper(button, "type");
    }
    let cards = component.get_mut("cards").and_then(Value::as_array_mut);
    for card in cards.into_iter().flatten() {
        let parts = card.get_mut("components").and_then(Value::as_array_mut);
        for part in parts.into_iter().flatten() {
            *part = with_capitals(part);
        }
    }
    upper(&mut component, "type");
    upper(&mut component, "format");
    component
}

fn upper(holder: &mut Value, key: &str) {
    if let Some(Value::String(text)) = holder.get_mut(key) {
        text.make_ascii_uppercase();
    }
}

/// Replaces the handles of a header, also of one in a card, by addresses.
fn show_sample(component: &mut Value) {
    let handles = component.pointer_mut("/example/header_handle");
    for handle in handles.and_then(Value::as_array_mut).into_iter().flatten() {
        let digits: String = handle
            .as_str()
            .unwrap_or_default()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        *handle = Value::from(format!("{SHOWN_SAMPLE}{digits}?ccb=1-7"));
    }
    let cards = component.get_mut("cards").and_then(Value::as_array_mut);
    for card in cards.into_iter().flatten() {
        let parts = card.get_mut("components").and_then(Value::as_array_mut);
        parts.into_iter().flatten().for_each(show_sample);
    }
}
