//! Fields of a content and Meta's error texts for them.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use serde_json::Value;

use crate::graph::error::GraphError;
use crate::graph::messages::envelope::required;

/// Refuses other keys than these.
pub(super) fn known(object: &Value, name: &str, keys: &[&str]) -> Result<(), GraphError> {
    let fields = object
        .as_object()
        .ok_or_else(|| GraphError::parameter(format!("Param {name} must be a JSON object")))?;
    match fields.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(GraphError::parameter(format!(
            "Unexpected key \"{key}\" on param \"{name}\"."
        ))),
    }
}

/// A text of limited length; an empty one counts as missing.
pub(super) fn text<'a>(
    object: &'a Value,
    pointer: &str,
    name: &str,
    length: RangeInclusive<usize>,
) -> Result<&'a str, GraphError> {
    let text = object
        .pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
        .ok_or_else(|| required(name))?;
    if length.contains(&text.chars().count()) {
        return Ok(text);
    }
    Err(GraphError::because(
        131_009,
        format!(
            "Param {name} must be at most {} characters long.",
            length.end()
        ),
    ))
}

/// The same for an optional text.
pub(super) fn optional(
    object: &Value,
    pointer: &str,
    name: &str,
    longest: usize,
) -> Result<(), GraphError> {
    match object.pointer(pointer) {
        None | Some(Value::Null) => Ok(()),
        Some(_) => text(object, pointer, name, 1..=longest).map(drop),
    }
}

/// A list of limited length.
pub(super) fn list<'a>(
    object: &'a Value,
    pointer: &str,
    name: &str,
    count: RangeInclusive<usize>,
) -> Result<&'a [Value], GraphError> {
    let list = object
        .pointer(pointer)
        .and_then(Value::as_array)
        .ok_or_else(|| required(name))?;
    if count.contains(&list.len()) {
        return Ok(list);
    }
    let (least, most) = (count.start(), count.end());
    Err(GraphError::because(
        131_009,
        format!("Param {name} must have {least} to {most} items."),
    ))
}

/// Degrees from `-most` to `most`, as a number or as text.
pub(super) fn number(object: &Value, key: &str, most: f64) -> Result<(), GraphError> {
    let name = format!("location['{key}']");
    let value = object.get(key).ok_or_else(|| required(&name))?;
    let degrees = value
        .as_f64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    match degrees {
        Some(degrees) if degrees.abs() <= most => Ok(()),
        _ => Err(GraphError::because(
            131_009,
            format!("Param {name} is not valid."),
        )),
    }
}

/// Refuses duplicate texts.
pub(super) fn distinct(texts: &[&str], name: &str) -> Result<(), GraphError> {
    let different: HashSet<&&str> = texts.iter().collect();
    if different.len() == texts.len() {
        return Ok(());
    }
    Err(GraphError::because(
        131_009,
        format!("Duplicated {name} are not allowed."),
    ))
}
