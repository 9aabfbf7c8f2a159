//! The files in the headers of a template send, those of cards included.

use serde_json::Value;

use crate::graph::error::GraphError;
use crate::graph::media;
use crate::state::State;

/// Refuses a header with a file of another number, or with a document that is not PDF (`OpenAPI` file of Meta,
/// `DocumentParameter`).
pub(crate) fn check(
    state: &State,
    phone_number_id: &str,
    template: &Value,
) -> Result<(), GraphError> {
    for component in list(template, "components") {
        for card in list(component, "cards") {
            for component in list(card, "components") {
                check_component(state, phone_number_id, component)?;
            }
        }
        check_component(state, phone_number_id, component)?;
    }
    Ok(())
}

fn check_component(
    state: &State,
    phone_number_id: &str,
    component: &Value,
) -> Result<(), GraphError> {
    if component.get("type") != Some(&Value::from("header")) {
        return Ok(());
    }
    let parameter = component.pointer("/parameters/0");
    let Some(kind) = parameter
        .and_then(|parameter| parameter.get("type"))
        .and_then(Value::as_str)
    else {
        return Ok(());
    };
    let Some(content) = parameter.and_then(|parameter| parameter.get(kind)) else {
        return Ok(());
    };
    let file = media::check(state, phone_number_id, kind, content)?;
    match file {
        Some(file) if kind == "document" && file.mime_type != "application/pdf" => {
            let details = "header: only PDF documents are supported";
            Err(GraphError::because(132_012, details))
        }
        _ => Ok(()),
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value.get(key).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}
