//! A file to open, to look at or to watch.

use common::content::{Document, FileId, Visual};
use common::ids::MediaId;
use serde::Deserialize;
use utoipa::ToSchema;

/// A file to open, such as a ticket as PDF; only while the client's window is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentToSend {
    /// The id of a file of the kind `document` that `POST /v1/media` gave.
    #[schema(value_type = uuid::Uuid)]
    id: MediaId,
    /// What is said below it.
    #[schema(
        min_length = 1,
        max_length = 1024,
        pattern = r"[^\s\x85]",
        example = "Merci Awa ! Voici votre ticket."
    )]
    caption: Option<String>,
    /// The name under which the recipient sees it, without slashes; the one that the file came with when not given.
    #[schema(
        min_length = 1,
        max_length = 128,
        pattern = r"^[^/\\\x00-\x1f\x7f-\x9f]*[^\s/\\\x00-\x1f\x7f-\x9f][^/\\\x00-\x1f\x7f-\x9f]*$",
        example = "ticket-2041.pdf"
    )]
    filename: Option<String>,
}

/// A picture or a film; only while the client's window is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImageOrVideo {
    /// The id of a file that `POST /v1/media` gave, of the kind that the field is called.
    #[schema(value_type = uuid::Uuid)]
    id: MediaId,
    /// What is said below it.
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
