//! Plain text.

use common::content::Text;
use serde::Deserialize;
use utoipa::ToSchema;

/// Plain text. It can be sent only while the customer service window is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextToSend {
    #[schema(
        min_length = 1,
        max_length = 4096,
        pattern = r"[^\s\x85]",
        example = "Oui, nous avons la taille 42."
    )]
    body: String,
    /// Whether WhatsApp shows a preview of the first link (http or https) in the text.
    #[serde(default)]
    preview_url: bool,
}

impl From<TextToSend> for Text {
    fn from(text: TextToSend) -> Self {
        Self {
            body: text.body,
            preview_url: text.preview_url,
        }
    }
}
