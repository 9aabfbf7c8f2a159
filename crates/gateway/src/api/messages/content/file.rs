//! A document, image or video.

use common::content::{Document, FileId, Visual};
use common::ids::MediaId;
use serde::Deserialize;
use utoipa::ToSchema;

/// A document, such as a receipt as PDF. It can be sent only while the customer service window is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentToSend {
    /// The id of a file of the kind `document` that `POST /v1/media` returned.
    #[schema(value_type = uuid::Uuid)]
    id: MediaId,
    /// The text below the document.
    #[schema(
        min_length = 1,
        max_length = 1024,
        pattern = r"[^\s\x85]",
        example = "Merci Awa ! Voici votre ticket."
    )]
    caption: Option<String>,
    /// The file name that the recipient sees, without slashes; by default the name of the uploaded file.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = r"^[^/\\\x00-\x1f\x7f-\x9f]*[^\s/\\\x00-\x1f\x7f-\x9f][^/\\\x00-\x1f\x7f-\x9f]*$",
        example = "ticket-2041.pdf"
    )]
    filename: Option<String>,
}

/// An image or a video. It can be sent only while the customer service window is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageOrVideo {
    /// The id of a file that `POST /v1/media` returned. Its kind is the name of the field.
    #[schema(value_type = uuid::Uuid)]
    id: MediaId,
    /// The text below the image or video.
    #[schema(
        min_length = 1,
        max_length = 1024,
        pattern = r"[^\s\x85]",
        example = "La robe en taille 42, à 12 500 FCFA."
    )]
    caption: Option<String>,
}

impl From<DocumentToSend> for Document {
    fn from(document: DocumentToSend) -> Self {
        Self {
            id: FileId::Kept(document.id),
            caption: document.caption,
            filename: document.filename,
        }
    }
}

impl From<ImageOrVideo> for Visual {
    fn from(visual: ImageOrVideo) -> Self {
        Self {
            id: FileId::Kept(visual.id),
            caption: visual.caption,
        }
    }
}
