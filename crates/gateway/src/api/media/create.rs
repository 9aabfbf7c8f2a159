//! `POST /v1/media`
//!
//! The file is the body as it is, with its own `Content-Type`: nothing has to be taken apart, any till can send it, and
//! its size is known before it comes. Generated clients and browsers send it as the part of a form.

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

/// What is said of the file beside its body.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileParameters {
    /// The name that recipients of a document see: 1 to 128 characters without slashes. A file in a form brings its own.
    #[param(
        min_length = 1,
        max_length = 128,
        pattern = r"^[^/\\\x00-\x1f\x7f-\x9f]*[^\s/\\\x00-\x1f\x7f-\x9f][^/\\\x00-\x1f\x7f-\x9f]*$",
        example = "ticket-2041.pdf"
    )]
    filename: Option<String>,
}

/// Takes in a file that messages may carry
///
/// The body is the file itself, with its own `Content-Type`: PDF, plain text or an office document, JPEG or PNG (8-bit RGB
/// or RGBA), MP4 or 3GPP; or a form (`multipart/form-data`) with the file as its part `file`. It may have 16 MB unless the service is set up otherwise, a picture 5 MB. It is kept sealed for
/// the messages that name it, and goes to WhatsApp once for each number that sends it, not once for each message.
#[utoipa::path(
    post,
    path = "/v1/media",
    params(IdempotencyKey, FileParameters),
    // The forms of the body are `upload_forms`.
    request_body(content = String, content_type = "application/pdf", description = "The file under its own Content-Type, or a form with it"),
    responses((status = 201, description = "The file is kept", body = Media))
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
        "A file of this type may have {limit} bytes at most. Nothing was kept. Make it smaller, for instance by saving \
         its pictures with less detail."
    ))
}

fn mismatch(media_type: MediaType, found: Mismatch) -> Problem {
    let problem = Problem::new(ProblemCode::MediaTypeUnsupported);
    let name = media_type.as_str();
    match found {
        Mismatch::Other => problem.detail(format!(
            "The Content-Type says {name}, but the first bytes of the file do not. Nothing was kept. Send the file with \
             the Content-Type that it has."
        )),
        Mismatch::PngForm => problem.detail(
            "WhatsApp takes PNG pictures with 8 bits for each of the colours red, green and blue (and transparency) \
             alone. Nothing was kept. Save the picture as such a PNG, or as JPEG.",
        ),
    }
}
