//! The text of a message, with which a customer may opt out.

use std::borrow::Cow;

use crate::json::Node;

/// The fields of a message that contain text.
const POINTERS: [&[&str]; 10] = [
    &["text", "body"],
    &["button", "payload"],
    &["button", "text"],
    &["interactive", "button_reply", "id"],
    &["interactive", "button_reply", "title"],
    &["interactive", "list_reply", "id"],
    &["interactive", "list_reply", "title"],
    &["image", "caption"],
    &["video", "caption"],
    &["document", "caption"],
];

/// The texts of a message, or of one that replaces another; `None` when they are required and cannot be read.
pub(super) fn words(message_type: &str, message: &Node<'_>) -> Option<Vec<String>> {
    if message_type != "edit" {
        return written(message_type, message);
    }
    let edited = message.at(&["edit", "message"])?;
    let edited_type = edited.get("type").and_then(Node::label);
    // Without a type it is read as text, the only usable content.
    written(edited_type.as_deref().unwrap_or("text"), edited)
}

fn written(message_type: &str, message: &Node<'_>) -> Option<Vec<String>> {
    let texts = POINTERS
        .iter()
        .filter_map(|pointer| message.at(pointer)?.text());
    let words: Vec<String> = texts.map(Cow::into_owned).collect();
    (!words.is_empty() || !needs_words(message_type, message)).then_some(words)
}

/// Whether a message of this type consists of text.
fn needs_words(message_type: &str, message: &Node<'_>) -> bool {
    match message_type {
        "text" | "button" => true,
        "interactive" => {
            let kind = message.at(&["interactive", "type"]).and_then(Node::label);
            kind.is_none_or(|kind| matches!(kind.as_str(), "button_reply" | "list_reply"))
        }
        _ => false,
    }
}
