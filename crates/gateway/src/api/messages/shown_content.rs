//! What a message says, as it is shown to its business.

use common::template::{Variables, read_filled};
use serde::Serialize;
use serde_json::Value;
use storage::messages::{MessageBody, ReadableContent};
use utoipa::ToSchema;

/// What a message says.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownContent {
    /// The words that the recipient reads: of a template its header, body and footer, a line each, as the template reads
    /// now. Null when there are none, or when the template does not fit the variables any more.
    #[schema(example = "Merci Awa, total 12 500 FCFA.")]
    text: Option<String>,
    /// The template's variables, as `POST /v1/messages` takes them; null for a message without a template.
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>)]
    variables: Option<Variables>,
    /// What a message without a template is, as `POST /v1/messages` takes it: `text`, `location`, `interactive`,
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
