//! Messages other than templates: they need an open customer service window. Text, locations, reply buttons, lists,
//! links, files, contacts and reactions are checked; for the others only that their object exists (Meta, messages
//! reference).

mod fields;
mod file;
mod interactive;

use serde_json::Value;

use super::envelope::{Envelope, required};
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
        "contacts" => check_contacts(content)?,
        "reaction" => check_reaction(content)?,
        kind @ ("document" | "image" | "video" | "audio" | "sticker") => {
            file::check(kind, content)?;
        }
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

/// A contact needs a formatted name.
fn check_contacts(content: &Value) -> Result<(), GraphError> {
    let contacts = content.as_array().filter(|contacts| !contacts.is_empty());
    let contacts = contacts.ok_or_else(|| required("contacts"))?;
    let name = "contacts['name']['formatted_name']";
    contacts.iter().try_for_each(|contact| {
        text(contact, "/name/formatted_name", name, 1..=usize::MAX).map(drop)
    })
}

/// Without an emoji an earlier reaction is removed.
fn check_reaction(content: &Value) -> Result<(), GraphError> {
    known(content, "reaction", &["message_id", "emoji"])?;
    let name = "reaction['message_id']";
    text(content, "/message_id", name, 1..=usize::MAX).map(drop)
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
