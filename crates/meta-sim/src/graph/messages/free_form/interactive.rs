//! Reply buttons, lists and links (Meta, interactive messages). Other interactive types, such as flows and catalogues,
//! are accepted unchecked.

use serde_json::Value;

use super::fields::{distinct, known, list, optional, text};
use crate::graph::error::GraphError;
use crate::graph::messages::envelope::required;

const TYPES: [&str; 14] = [
    "button",
    "list",
    "cta_url",
    "flow",
    "product",
    "product_list",
    "catalog_message",
    "location_request_message",
    "request_contact_info",
    "call_permission_request",
    "voice_call",
    "carousel",
    "order_details",
    "order_status",
];
const KEYS: [&str; 5] = ["type", "header", "body", "footer", "action"];

pub(super) fn check(content: &Value) -> Result<(), GraphError> {
    let kind = text(content, "/type", "interactive['type']", 1..=64)?;
    if !TYPES.contains(&kind) {
        return Err(GraphError::parameter(format!(
            "Param interactive['type'] must be one of {{{}}}",
            TYPES.join(", ").to_ascii_uppercase()
        )));
    }
    let action = content
        .get("action")
        .ok_or_else(|| required("interactive['action']"))?;
    match kind {
        "button" => buttons(action)?,
        "list" => sections(action)?,
        "cta_url" => link(action)?,
        _ => return Ok(()),
    }
    known(content, "interactive", &KEYS)?;
    let longest = if kind == "list" { 4_096 } else { 1_024 };
    let body = "interactive['body']['text']";
    text(content, "/body/text", body, 1..=longest)?;
    optional(content, "/footer/text", "interactive['footer']['text']", 60)?;
    match content.pointer("/header/type").and_then(Value::as_str) {
        Some("text") => text(
            content,
            "/header/text",
            "interactive['header']['text']",
            1..=60,
        )
        .map(drop),
        _ => Ok(()),
    }
}

fn buttons(action: &Value) -> Result<(), GraphError> {
    known(action, "action", &["buttons"])?;
    let (mut ids, mut titles) = (Vec::new(), Vec::new());
    for button in list(action, "/buttons", "action['buttons']", 1..=3)? {
        if button.get("type").and_then(Value::as_str) != Some("reply") {
            return Err(GraphError::parameter(
                "Param action['buttons']['type'] must be one of {REPLY}",
            ));
        }
        ids.push(text(button, "/reply/id", "button['reply']['id']", 1..=256)?);
        let title = text(button, "/reply/title", "button['reply']['title']", 1..=20)?;
        titles.push(title);
    }
    distinct(&ids, "button ids")?;
    distinct(&titles, "button titles")
}

fn sections(action: &Value) -> Result<(), GraphError> {
    known(action, "action", &["button", "sections"])?;
    text(action, "/button", "action['button']", 1..=20)?;
    let sections = list(action, "/sections", "action['sections']", 1..=10)?;
    let mut ids = Vec::new();
    for section in sections {
        match sections {
            [_] => optional(section, "/title", "section['title']", 24)?,
            _ => text(section, "/title", "section['title']", 1..=24).map(drop)?,
        }
        for row in list(section, "/rows", "section['rows']", 1..=10)? {
            known(row, "row", &["id", "title", "description"])?;
            ids.push(text(row, "/id", "row['id']", 1..=200)?);
            text(row, "/title", "row['title']", 1..=24)?;
            optional(row, "/description", "row['description']", 72)?;
        }
    }
    if ids.len() > 10 {
        return Err(GraphError::because(
            131_009,
            "Total row count exceed max allowed count: 10",
        ));
    }
    distinct(&ids, "row ids")
}

fn link(action: &Value) -> Result<(), GraphError> {
    known(action, "action", &["name", "parameters"])?;
    if action.get("name").and_then(Value::as_str) != Some("cta_url") {
        return Err(GraphError::parameter(
            "Param action['name'] must be one of {CTA_URL}",
        ));
    }
    let (shown, url) = (
        "action['parameters']['display_text']",
        "action['parameters']['url']",
    );
    text(action, "/parameters/display_text", shown, 1..=20)?;
    let address = text(action, "/parameters/url", url, 1..=usize::MAX)?;
    if address.starts_with("https://") || address.starts_with("http://") {
        return Ok(());
    }
    Err(GraphError::because(
        131_009,
        format!("Param {url} is not a valid URL."),
    ))
}
