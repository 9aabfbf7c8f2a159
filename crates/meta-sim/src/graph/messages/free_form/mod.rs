//! Messages other than templates: they need an open customer service window. Text, places, reply buttons, lists,
//! links, documents, pictures and films are checked; of the others that their object is there (Meta, messages reference).

mod fields;
mod file;
mod interactive;

use serde_json::Value;

use super::envelope::Envelope;
use crate::graph::error::GraphError;
use fields::{known, number, text};

const LONGEST_TEXT: usize = 4_096;

pub(crate) fn check(envelope: &Envelope, window_is_open: bool) -> Result<(), GraphError> {
    let content = envelope.content()?;
    if !content.is_object() && envelope.kind() != "contacts" {
        return Err(GraphError::parameter(format!(
            "Param {} must be a JSON object",
            envelope.kind()
        )));
    }
    match envelope.kind() {
        "text" => check_text(content)?,
        "location" => check_location(content)?,
        "interactive" => interactive::check(content)?,
        kind @ ("document" | "image" | "video") => file::check(kind, content)?,
        _ => {}
    }
    if window_is_open {
        Ok(())
    } else {
        Err(GraphError::of(131_047))
    }
}

fn check_text(content: &Value) -> Result<(), GraphError> {
    known(content, "text", &["body", "preview_url"])?;
    text(content, "/body", "text['body']", 1..=LONGEST_TEXT)?;
    match content.get("preview_url") {
        None | Some(Value::Bool(_)) => Ok(()),
        Some(_) => Err(GraphError::parameter(
            "Param text['preview_url'] must be a boolean.",
        )),
    }
}

fn check_location(content: &Value) -> Result<(), GraphError> {
    known(
        content,
        "location",
        &["latitude", "longitude", "name", "address"],
    )?;
    number(content, "latitude", 90.0)?;
    number(content, "longitude", 180.0)
}
