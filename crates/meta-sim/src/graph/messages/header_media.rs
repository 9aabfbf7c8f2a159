//! The file in the header of a template send.

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
    let components = template.get("components").and_then(Value::as_array);
    let mut headers = components.into_iter().flatten();
    let header = headers.find(|component| component.get("type") == Some(&Value::from("header")));
    let parameter = header.and_then(|header| header.pointer("/parameters/0"));
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
