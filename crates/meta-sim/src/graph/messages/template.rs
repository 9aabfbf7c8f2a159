//! A template send, checked against the stored template (Meta, templates: sending; error codes 1320xx).

use std::sync::Arc;

use serde_json::Value;

use super::envelope::required;
use super::sections::{Parts, object_at, refuse_unknown_keys};
use super::{carousel, parameters};
use crate::graph::error::GraphError;
use crate::state::accounts::{StoredTemplate, Waba};

/// Meta, authentication templates: codes of at most 15 characters.
const LONGEST_CODE: usize = 15;
const TEMPLATE_KEYS: &[&str] = &["name", "language", "components", "namespace"];

/// The template's name in the send; empty without one.
pub(crate) fn name(content: &Value) -> &str {
    content
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Finds the template and checks the send against it.
pub(crate) fn check(content: &Value, waba: &Waba) -> Result<Arc<StoredTemplate>, GraphError> {
    refuse_unknown_keys(object_at(content, "template")?, TEMPLATE_KEYS, "template")?;
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
    let parts = Parts::of(content, "template")?;
    parts.check(&template.shape.message)?;
    check_offer(template.shape.expires, parts.offer)?;
    carousel::check(&template.shape.cards, parts.cards)?;
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

/// Only an offer that shows its end takes one, and it needs one.
fn check_offer(expires: bool, offer: Option<&[Value]>) -> Result<(), GraphError> {
    match (expires, offer) {
        (true, Some(list)) => parameters::offer(list),
        (false, None) => Ok(()),
        (true, None) => Err(GraphError::because(
            131_008,
            "limited_time_offer: component is missing",
        )),
        (false, Some(_)) => Err(GraphError::because(
            132_012,
            "limited_time_offer: the template has no such component",
        )),
    }
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
