//! `POST /{phone_number_id}/media`, and the media that a message names (Meta, media reference).
//!
//! The reference documents types, sizes, and the owner of an id, but not the codes of the refusals: they are (#100)
//! here, as the Graph API refuses parameters.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use ring::digest;
use serde_json::{Value, json};

use super::error::GraphError;
use super::query::Params;
use super::{NodeId, auth, fault_response};
use crate::clock::now_ms;
use crate::script::{Call, Endpoint};
use crate::state::State;
use crate::state::media::UploadedMedia;

/// Of a whole request: the largest document and its form.
pub(super) const LONGEST_BODY: usize = 101_000_000;
/// The default type of a part.
const UNTYPED: &str = "application/octet-stream";
/// The largest static sticker; an animated one may have 500 KB.
const LARGEST_STICKER: usize = 500_000;

struct Upload {
    mime_type: String,
    content: Bytes,
}

pub(crate) async fn upload(
    request: HttpRequest,
    node: Path<NodeId>,
    body: Bytes,
    state: Data<State>,
) -> HttpResponse {
    let phone_number_id = node.into_inner().id;
    match answer(&request, &state, &phone_number_id, body).await {
        Ok(response) => response,
        Err(refusal) => super::refuse(&state, &refusal),
    }
}

async fn answer(
    request: &HttpRequest,
    state: &State,
    phone_number_id: &str,
    body: Bytes,
) -> Result<HttpResponse, GraphError> {
    let caller = auth::caller(request, &Params::of(request), state)?;
    let refusal = || GraphError::no_such_object("post", phone_number_id);
    let number = state.accounts().numbers.get(phone_number_id).cloned();
    let number = number.ok_or_else(refusal)?;
    auth::may(&caller, auth::MESSAGING, &number.waba_id, refusal)?;
    let call = Call {
        endpoint: Endpoint::Media,
        object_id: phone_number_id,
        recipient: "",
        user_id: "",
        opaque: "",
        template: "",
    };
    let fault = state.scripts.fault(state.config.seed, &call);
    if let Some(fault) = &fault
        && let Some(met) = fault_response::before(fault, request, state).await
    {
        return Ok(met);
    }
    let upload = read(request, body).await?;
    let most = largest(&upload.mime_type).ok_or_else(|| {
        GraphError::parameter(format!(
            "Param file must be a file with one of the supported types. Received file of type '{}'.",
            upload.mime_type
        ))
    })?;
    if upload.content.is_empty() || upload.content.len() > most {
        return Err(GraphError::parameter(format!(
            "Param file must have 1 to {most} bytes. Received {}.",
            upload.content.len()
        )));
    }
    let facts = UploadedMedia {
        id: String::new(),
        phone_number_id: phone_number_id.to_owned(),
        mime_type: upload.mime_type,
        file_size: upload.content.len(),
        sha256: hex::encode(digest::digest(&digest::SHA256, &upload.content)),
        uploaded_at_ms: now_ms(),
    };
    let id = state.media.add(facts, upload.content);
    let body = json!({ "id": id }).to_string().into();
    Ok(fault_response::after(fault.as_ref(), request, state, body).await)
}

/// The parts of the form.
async fn read(request: &HttpRequest, body: Bytes) -> Result<Upload, GraphError> {
    let content_type = request.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default())
        .map_err(|_| GraphError::parameter("The body must be multipart/form-data."))?;
    let broken = |_| GraphError::parameter("The form cannot be read.");
    let body = stream::iter([Ok::<_, std::io::Error>(body)]);
    let mut form = multer::Multipart::new(body, boundary);
    let in_query = Params::of(request);
    let mut product = in_query.get("messaging_product").map(str::to_owned);
    let (mut file, mut named_type) = (None, None);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        match field.name() {
            Some("messaging_product") => product = Some(field.text().await.map_err(broken)?),
            Some("type") => named_type = Some(field.text().await.map_err(broken)?),
            Some("file") => {
                let mime_type = field.content_type().map(ToString::to_string);
                let mime_type = mime_type.unwrap_or_default();
                let content = field.bytes().await.map_err(broken)?;
                file = Some(Upload { mime_type, content });
            }
            _ => {}
        }
    }
    if product.as_deref() != Some("whatsapp") {
        return Err(GraphError::parameter(
            "The parameter messaging_product is required.",
        ));
    }
    let required = || GraphError::parameter("The parameter file is required.");
    let file: Upload = file.ok_or_else(required)?;
    // A part without a type has that of the form.
    let mime_type = match (file.mime_type.as_str(), named_type) {
        ("" | UNTYPED, Some(named)) => named,
        _ => file.mime_type,
    };
    Ok(Upload { mime_type, ..file })
}

/// The maximum size of a type; `None` for an unsupported one.
fn largest(mime_type: &str) -> Option<usize> {
    const MEGA: usize = 1_000_000;
    match mime_type.split(';').next().unwrap_or_default().trim() {
        "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg" => Some(16 * MEGA),
        "text/plain"
        | "application/pdf"
        | "application/msword"
        | "application/vnd.ms-excel"
        | "application/vnd.ms-powerpoint"
        | "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        | "application/vnd.openxmlformats-officedocument.presentationml.presentation" => {
            Some(100 * MEGA)
        }
        "image/jpeg" | "image/png" => Some(5 * MEGA),
        "image/webp" => Some(LARGEST_STICKER),
        "video/3gpp" | "video/mp4" => Some(16 * MEGA),
        _ => None,
    }
}

/// Refuses a media id that belongs to another number, has expired, or is of another kind.
pub(crate) fn check(
    state: &State,
    phone_number_id: &str,
    kind: &str,
    content: &Value,
) -> Result<Option<UploadedMedia>, GraphError> {
    let Some(id) = content.get("id") else {
        return Ok(None);
    };
    let id = id.as_str().unwrap_or_default();
    let file = state
        .media
        .find(id, phone_number_id)
        .filter(|file| suits(&file.mime_type, kind));
    file.map(Some).ok_or_else(|| {
        GraphError::parameter(format!(
            "Param {kind}['id'] is not a valid media id of this number"
        ))
    })
}

fn suits(mime_type: &str, kind: &str) -> bool {
    match kind {
        "image" => mime_type.starts_with("image/") && mime_type != "image/webp",
        "sticker" => mime_type == "image/webp",
        "video" | "gif" => mime_type.starts_with("video/"),
        "audio" => mime_type.starts_with("audio/"),
        // Any file can be sent as a document.
        _ => true,
    }
}
