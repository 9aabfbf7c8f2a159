//! Events about messages that clients send.

use serde::Serialize;

use super::{Field, FieldValue};
use crate::ids::InboundId;
use crate::keyword::Keyword;

/// A client sent a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InboundReceived {
    /// The message.
    #[serde(skip)]
    pub inbound_id: InboundId,
    /// Meta's type of the message, such as `text`, `button` or `image`.
    #[serde(rename = "type")]
    pub message_type: String,
    /// The keyword that it consists of.
    pub keyword: Option<Keyword>,
}

pub(super) fn received_fields() -> Vec<Field> {
    let keywords = FieldValue::OneOf(Keyword::ALL.map(Keyword::as_str).to_vec());
    vec![
        Field::new(
            "type",
            FieldValue::Text,
            "Meta's type of the message, such as `text`, `button` or `image`.",
        ),
        Field::new(
            "keyword",
            keywords,
            "The keyword that the message consists of, if any.",
        )
        .nullable(),
    ]
}
