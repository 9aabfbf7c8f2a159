//! Plain text.

use common::content::Text;
use serde::Deserialize;
use utoipa::ToSchema;

/// Plain text; only while the client's window is open.
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
    /// Whether the first address in it (http or https) is shown with a preview.
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
