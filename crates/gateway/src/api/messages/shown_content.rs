//! The content of a message as its business sees it.

use common::template::{Variables, read_filled};
use serde::Serialize;
use serde_json::Value;
use storage::messages::{MessageBody, ReadableContent};
use utoipa::ToSchema;

/// The content of a message.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownContent {
    /// The text that the recipient reads. For a template: its header, offer, body and footer and the bodies of its
    /// cards, a line each, in the template's present wording. Null when there is no text, or when the template no longer fits the variables.
    #[schema(example = "Merci Awa, total 12 500 FCFA.")]
    text: Option<String>,
    /// The template's variables, as `POST /v1/messages` takes them; null for a message without a template.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    variables: Option<Variables>,
    /// The content of a message without a template, as `POST /v1/messages` takes it: `text`, `location`, `interactive`,
    /// `document`, `image` or `video`. Null for a template.
    #[schema(value_type = Option<Object>)]
    free_form: Option<Value>,
}

impl From<ReadableContent> for ShownContent {
    fn from(readable: ReadableContent) -> Self {
        match readable.content.body {
            MessageBody::Template(template) => {
                let components = readable.template_components.as_ref();
                let filled = read_filled(components, &template.components);
                Self {
                    text: filled.text,
                    variables: Some(filled.variables),
                    free_form: None,
                }
            }
            MessageBody::FreeForm(content) => Self {
                text: content.words().map(str::to_owned),
                variables: None,
                free_form: serde_json::to_value(&content).ok(),
            },
        }
    }
}
