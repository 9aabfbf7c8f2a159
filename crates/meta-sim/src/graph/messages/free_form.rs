//! Messages other than templates: they need an open customer service window; of text the length is
//! checked, of the others that their object is there (Meta, messages reference).

use serde_json::Value;

use super::envelope::Envelope;
use crate::graph::error::GraphError;

const LONGEST_TEXT: usize = 4_096;

pub(crate) fn check(envelope: &Envelope, window_is_open: bool) -> Result<(), GraphError> {
    let content = envelope.content()?;
    if !content.is_object() && envelope.kind() != "contacts" {
        return Err(GraphError::parameter(format!(
            "Param {} must be a JSON object",
            envelope.kind()
        )));
    }
    if envelope.kind() == "text" {
        check_text(content)?;
    }
    if window_is_open {
        Ok(())
    } else {
        Err(GraphError::of(131_047))
    }
}

fn check_text(content: &Value) -> Result<(), GraphError> {
    let body = content
        .get("body")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match body.chars().count() {
        0 => Err(GraphError::parameter(
            "The parameter text['body'] is required.",
        )),
        1..=LONGEST_TEXT => Ok(()),
        _ => Err(GraphError::parameter(format!(
            "Param text['body'] must be at most {LONGEST_TEXT} characters long."
        ))),
    }
}
