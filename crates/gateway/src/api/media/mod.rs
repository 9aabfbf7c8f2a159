//! Files that messages carry. They are stored here; the sender uploads them to Meta.

mod create;
mod get;
mod list;
mod magic_bytes;
mod upload;

use chrono::{DateTime, Utc};
use common::access::Permission::{MediaRead, MediaWrite};
use common::ids::{MediaId, time_of_uuid};
use common::media::{MediaType, usable_until};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::routes::{Resource, Route, Tag, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "media",
        description: "Files that messages carry",
    },
    routes: &[
        Route::of_business(MediaWrite, handler!(create::create_media)),
        Route::of_business(MediaRead, handler!(list::list_media)),
        Route::of_business(MediaRead, handler!(get::get_media)),
    ],
};

/// A file that messages may carry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Media {
    /// The id by which messages refer to the file.
    #[schema(value_type = uuid::Uuid)]
    id: MediaId,
    #[schema(example = "application/pdf")]
    content_type: &'static str,
    /// `document`, `image` or `video`: the field of a message, or the header of a template, that the file is for. The
    /// header of a document accepts only PDF.
    #[schema(example = "document")]
    kind: &'static str,
    #[schema(example = 48_213)]
    size_bytes: i32,
    /// The file name that recipients of a document see, unless the message gives another.
    #[schema(example = "ticket-2041.pdf")]
    filename: Option<String>,
    created_at: Option<DateTime<Utc>>,
    /// Until then messages may refer to the file; afterwards it is deleted.
    usable_until: Option<DateTime<Utc>>,
}

/// The request bodies for the API's description: the bytes with each media type, or a form that contains them.
pub(crate) fn upload_forms() -> Value {
    let file = json!({ "type": "string", "format": "binary", "minLength": 1 });
    let whole = |media_type: MediaType| {
        let form = json!({ "schema": file });
        (media_type.as_str().to_owned(), form)
    };
    let mut forms: Map<String, Value> = MediaType::all().map(whole).collect();
    let form = json!({
        "type": "object",
        "required": ["file"],
        "properties": { "file": file },
        "additionalProperties": false,
    });
    let types: Vec<&str> = MediaType::all().map(MediaType::as_str).collect();
    let form = json!({
        "schema": form,
        "encoding": { "file": { "contentType": types.join(", ") } },
    });
    forms.insert("multipart/form-data".to_owned(), form);
    Value::Object(forms)
}

impl From<storage::media::Media> for Media {
    fn from(media: storage::media::Media) -> Self {
        Self {
            id: media.id,
            content_type: media.media_type.as_str(),
            kind: media.media_type.kind().as_str(),
            size_bytes: media.size_bytes,
            filename: media.filename,
            created_at: time_of_uuid(media.id.as_uuid()),
            usable_until: usable_until(media.id),
        }
    }
}
