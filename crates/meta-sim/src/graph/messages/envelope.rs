//! The body of a call that sends, without its content (Meta, messages reference).
//!
//! Unknown keys are refused here at the top level too, where Meta may ignore them: a misspelt
//! `biz_opaque_callback_data` would otherwise be lost silently.

use serde_json::{Map, Value};

use super::endpoint::MARKETING_KEYS;
use super::letter_case;
use crate::graph::error::GraphError;

/// Meta's documents on calling specify 512; those on messages specify none.
const LONGEST_OPAQUE: usize = 512;
const TYPES: [&str; 11] = [
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
];
/// They are accepted as numbers too.
const RECIPIENTS: [&str; 2] = ["to", "recipient"];
const OTHER_KEYS: [&str; 12] = [
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
    "recipient_identity_key_hash",
    "status",
    "message_id",
    "typing_indicator",
    "messaging_account_id",
];

/// A body with a valid envelope.
pub(crate) struct Envelope {
    fields: Map<String, Value>,
}

impl Envelope {
    pub(crate) fn of(mut fields: Map<String, Value>) -> Result<Self, GraphError> {
        letter_case::lower(&mut fields);
        for key in RECIPIENTS {
            if let Some(Value::Number(number)) = fields.get(key) {
                let text = number.to_string();
                fields.insert(key.to_owned(), Value::String(text));
            }
        }
        let envelope = Self { fields };
        envelope.check()?;
        Ok(envelope)
    }

    /// Whether it marks an inbound message as read instead of sending one.
    pub(crate) fn is_read_receipt(&self) -> bool {
        self.text("status") == Some("read")
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.fields
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    }

    /// `template`, `text` and so on; `text` when omitted.
    pub(crate) fn kind(&self) -> &str {
        self.text("type").unwrap_or("text")
    }

    /// The object named by the type.
    pub(crate) fn content(&self) -> Result<&Value, GraphError> {
        let kind = self.kind();
        self.fields
            .get(kind)
            .filter(|content| !content.is_null())
            .ok_or_else(|| required(kind))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// The message that is replied to.
    pub(crate) fn context(&self) -> Option<&Value> {
        self.get("context")
    }

    pub(crate) fn opaque(&self) -> Option<&str> {
        self.text("biz_opaque_callback_data")
    }

    fn check(&self) -> Result<(), GraphError> {
        match self.text("messaging_product") {
            Some("whatsapp") => {}
            None => return Err(required("messaging_product")),
            Some(_) => {
                let message = "Param messaging_product must be one of {WHATSAPP}";
                return Err(GraphError::parameter(message));
            }
        }
        for key in self.fields.keys() {
            let key = key.as_str();
            let is_known =
                OTHER_KEYS.contains(&key) || TYPES.contains(&key) || MARKETING_KEYS.contains(&key);
            if !is_known {
                return Err(GraphError::parameter(format!("Unexpected key \"{key}\"")));
            }
        }
        if self.is_read_receipt() {
            return self
                .text("message_id")
                .map(drop)
                .ok_or_else(|| required("message_id"));
        }
        if !TYPES.contains(&self.kind()) {
            return Err(GraphError::parameter(format!(
                "Param type must be one of {{{}}}",
                TYPES.join(", ").to_ascii_uppercase()
            )));
        }
        self.check_opaque()?;
        self.check_recipient_type()
    }

    fn check_opaque(&self) -> Result<(), GraphError> {
        match self.fields.get("biz_opaque_callback_data") {
            None | Some(Value::Null) => Ok(()),
            Some(Value::String(text)) if text.chars().count() <= LONGEST_OPAQUE => Ok(()),
            Some(Value::String(_)) => Err(GraphError::parameter(format!(
                "Param biz_opaque_callback_data must be at most {LONGEST_OPAQUE} characters long"
            ))),
            Some(_) => Err(GraphError::parameter(
                "Param biz_opaque_callback_data must be a string",
            )),
        }
    }

    fn check_recipient_type(&self) -> Result<(), GraphError> {
        match self.fields.get("recipient_type").map(Value::as_str) {
            None | Some(Some("individual") | None) => Ok(()),
            Some(Some("group")) => Err(GraphError::because(
                131_051,
                "Messages to groups are not simulated.",
            )),
            Some(_) => Err(GraphError::parameter(
                "Param recipient_type must be one of {INDIVIDUAL, GROUP}",
            )),
        }
    }
}

/// (#100) The parameter ... is required.
pub(crate) fn required(parameter: &str) -> GraphError {
    GraphError::parameter(format!("The parameter {parameter} is required."))
}
