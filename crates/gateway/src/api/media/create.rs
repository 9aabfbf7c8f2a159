//! `POST /v1/media`
//!
//! The body is the file itself, with its own `Content-Type`: no parsing is needed, any client can send it, and its size
//! is known in advance. Generated clients and browsers send it as a part of a form.

use actix_web::http::StatusCode;
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use common::ids::MediaId;
use common::media::MediaType;
use serde::Deserialize;
use storage::media;

use super::Media;
use super::magic_bytes::{self, Mismatch};
use super::upload::{Form, Upload, checked_filename, read};
use crate::auth::Principal;
use crate::extract::{Body, Fingerprint, IdempotencyGuard, IdempotencyKey, Parameters};
use crate::metrics::Metrics;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Properties of the file that are not in its body.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileParameters {
    /// The file name that recipients of a document see: 1 to 128 characters without slashes. A file in a form has its
    /// own.
    #[param(
        min_length = 1,
        max_length = 128,
        pattern = r"^[^/\\\x00-\x1f\x7f-\x9f]*[^\s/\\\x00-\x1f\x7f-\x9f][^/\\\x00-\x1f\x7f-\x9f]*$",
        example = "ticket-2041.pdf"
    )]
    filename: Option<String>,
}

/// Uploads a file for messages
///
/// The body is the file itself, with its own `Content-Type`: PDF, plain text or an office document, JPEG or PNG (8-bit
/// RGB or RGBA), MP4 or 3GPP. It may also be a form (`multipart/form-data`) with the file as its part `file`. The limit
/// is 16 MB unless the service is configured otherwise, and 5 MB for an image. The file is stored encrypted for the
/// messages that refer to it, and uploaded to WhatsApp once for each number that sends it, not once for each message.
#[utoipa::path(
    post,
    path = "/v1/media",
    params(IdempotencyKey, FileParameters),
    // The forms of the body are `upload_forms`.
    request_body(
        content = String,
        content_type = "application/pdf",
        description = "The file with its own Content-Type, or a form with the file"
    ),
    responses((status = 201, description = "The file is stored", body = Media))
)]
pub(crate) async fn create_media(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    key: IdempotencyKey,
    Parameters(FileParameters { filename }): Parameters<FileParameters>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let filename = filename.map(checked_filename).transpose()?;
    let form = Form::of(request.headers(), filename.as_deref())?;
    let any = state.settings.max_media_bytes;
    let of_type = |media_type| most_bytes(&state, media_type);
    let limit = form.most_bytes(of_type, any);
    let too_large = || too_large(limit.min(any));
    let Body {
        bytes,
        permit: _until_stored,
    } = read(&request, body, limit, too_large).await?;
    let Upload {
        media_type,
        filename,
        content,
    } = form.file(bytes, filename).await?;
    check(media_type, &content, of_type(media_type))?;
    let name = filename.as_deref().unwrap_or_default();
    let parts = [media_type.as_str().as_bytes(), name.as_bytes(), &content];
    let once =
        IdempotencyGuard::of_business(&business, &key, Fingerprint::of_parts(&request, parts))
            .await?;
    let now = state.now();
    let new = media::Media {
        id: MediaId::new(now),
        media_type,
        size_bytes: i32::try_from(content.len()).map_err(Problem::internal)?,
        filename,
    };
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Ok(earlier.respond());
    }
    media::insert(&mut transaction, &business, &keys, &new, &content).await?;
    let body = Media::from(new);
    let recorded = once
        .commit(transaction, StatusCode::CREATED, &body, now)
        .await?;
    if recorded.is_first {
        let kind = [media_type.kind().as_str()];
        let metrics = Metrics::get();
        metrics.media_stored.with_label_values(&kind).inc();
        let bytes = u64::try_from(content.len()).unwrap_or_default();
        metrics.media_bytes.with_label_values(&kind).inc_by(bytes);
    }
    Ok(recorded.respond())
}

fn check(media_type: MediaType, content: &[u8], limit: usize) -> Result<(), Problem> {
    if content.len() > limit {
        return Err(too_large(limit));
    }
    magic_bytes::check(media_type, content).map_err(|found| mismatch(media_type, found))
}

fn most_bytes(state: &AppState, media_type: MediaType) -> usize {
    let of_kind = media_type.kind().most_bytes();
    state.settings.max_media_bytes.min(of_kind)
}

fn too_large(limit: usize) -> Problem {
    Problem::new(ProblemCode::BodyTooLarge).detail(format!(
        "A file of this type may have {limit} bytes at most. Nothing was kept. Make it smaller, for instance by \
         reducing the resolution of its images."
    ))
}

fn mismatch(media_type: MediaType, found: Mismatch) -> Problem {
    let problem = Problem::new(ProblemCode::MediaTypeUnsupported);
    let name = media_type.as_str();
    match found {
        Mismatch::Other => problem.detail(format!(
            "The content of the file is not of the Content-Type {name}. Nothing was kept. Send the file with the \
             Content-Type that it has."
        )),
        Mismatch::PngForm => problem.detail(
            "WhatsApp accepts only PNG images with 8 bits for each of red, green and blue (and transparency). \
             Nothing was kept. Save the image as such a PNG, or as JPEG.",
        ),
    }
}
