//! Documents, images, videos, audio and stickers, by an id or a link (Meta, messages reference). `graph::media` checks
//! that the id belongs to the number.

use serde_json::Value;

use super::fields::{known, optional};
use crate::graph::error::GraphError;

const LONGEST_CAPTION: usize = 1_024;

pub(super) fn check(kind: &str, content: &Value) -> Result<(), GraphError> {
    let keys: &[&str] = match kind {
        "document" => &["id", "link", "caption", "filename"],
        "audio" => &["id", "link", "voice"],
        "sticker" => &["id", "link"],
        _ => &["id", "link", "caption"],
    };
    known(content, kind, keys)?;
    if content.get("id").is_some() == content.get("link").is_some() {
        return Err(GraphError::parameter(format!(
            "Param {kind} must have either an id or a link."
        )));
    }
    let name = |key: &str| format!("{kind}['{key}']");
    optional(content, "/caption", &name("caption"), LONGEST_CAPTION)?;
    optional(content, "/filename", &name("filename"), usize::MAX)
}
