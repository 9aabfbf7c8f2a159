//! An uploaded file: it is the body itself, with its own `Content-Type`, or the part `file` of a form.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::{self, Bytes};
use common::media::{FILENAME_RULE, MediaType, is_filename};
use futures_util::stream;
use multer::{Field, Multipart};

use crate::extract::{Body, BodyBounds, BodyError, read_body};
use crate::problem::{Problem, ProblemCode};

/// How long an upload may take: 16 MB in 2 minutes are 1 Mbit/s.
const FILE_TIMEOUT: Duration = Duration::from_secs(120);
/// How many bytes a form may have in addition to its file.
const FORM_BYTES: usize = 16_000;
/// The name of the form's part with the file.
const FILE_PART: &str = "file";
/// The media type that clients send when they do not know the type.
const ANY_BYTES: &str = "application/octet-stream";
const FORM: &str = "multipart/form-data";

/// How the file is sent.
pub(super) enum Form {
    /// As the body.
    Whole(MediaType),
    /// As a part of a form with this boundary.
    Parts(String),
}

/// An uploaded file.
pub(super) struct Upload {
    pub(super) media_type: MediaType,
    /// The file name that was sent with it.
    pub(super) filename: Option<String>,
    pub(super) content: Bytes,
}

impl Form {
    /// Reads the headers. If the body has no media type, it is derived from the end of the file name.
    pub(super) fn of(headers: &HeaderMap, filename: Option<&str>) -> Result<Self, Problem> {
        let given = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let essence = given.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(FORM) {
            return multer::parse_boundary(given)
                .map(Self::Parts)
                .map_err(|_| broken_form());
        }
        media_type(essence, filename).map(Self::Whole)
    }

    /// The greatest length of the body for this greatest length of the file.
    pub(super) fn most_bytes(&self, of_type: impl Fn(MediaType) -> usize, of_any: usize) -> usize {
        match self {
            Self::Whole(media_type) => of_type(*media_type),
            Self::Parts(_) => of_any.saturating_add(FORM_BYTES),
        }
    }

    /// The file in the body.
    pub(super) async fn file(
        self,
        body: Bytes,
        filename: Option<String>,
    ) -> Result<Upload, Problem> {
        let upload = match self {
            Self::Whole(media_type) => Upload {
                media_type,
                filename,
                content: body,
            },
            Self::Parts(boundary) => file_part(body, &boundary, filename).await?,
        };
        if upload.content.is_empty() {
            return Err(Problem::new(ProblemCode::MediaUnreadable).detail(
                "The file is empty. Send it as the body, or as the part `file` of a form.",
            ));
        }
        Ok(upload)
    }
}

/// Reads the body.
pub(super) async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    most_bytes: usize,
    too_large: impl FnOnce() -> Problem,
) -> Result<Body, Problem> {
    let bounds = BodyBounds {
        most_bytes,
        timeout: FILE_TIMEOUT,
    };
    let body = read_body(request, payload, bounds).await;
    body.map_err(|error| match error {
        BodyError::TooLarge => too_large(),
        BodyError::Incomplete => Problem::new(ProblemCode::MediaUnreadable)
            .detail("The file is incomplete, and nothing was kept. Send it again."),
        BodyError::Refused(problem) => problem,
    })
}

/// The file name that was given in the query.
pub(super) fn checked_filename(name: String) -> Result<String, Problem> {
    if is_filename(&name) {
        return Ok(name);
    }
    Err(Problem::query("filename", FILENAME_RULE))
}

/// The only part of the form. The whole form is in memory: its file is a slice of it, without a copy.
async fn file_part(
    form: Bytes,
    boundary: &str,
    filename: Option<String>,
) -> Result<Upload, Problem> {
    let mut form = Multipart::new(stream::iter([Ok::<_, Infallible>(form)]), boundary);
    let mut file = None;
    while let Some(part) = form.next_field().await.map_err(|_| broken_form())? {
        match part.name() {
            Some(FILE_PART) if file.is_none() => file = Some(read_part(part, &filename).await?),
            Some(FILE_PART) => return Err(Problem::body("/file", "is given twice")),
            name => {
                let name = name.unwrap_or_default().replace('~', "~0");
                let pointer = format!("/{}", name.replace('/', "~1"));
                return Err(Problem::body(pointer, "is not a part of this form"));
            }
        }
    }
    file.ok_or_else(|| Problem::body("/file", "is missing"))
}

async fn read_part(mut part: Field<'_>, filename: &Option<String>) -> Result<Upload, Problem> {
    let filename = match filename {
        Some(name) => Some(name.clone()),
        None => own_name(&part)?,
    };
    let essence = part
        .content_type()
        .map_or(ANY_BYTES, |given| given.essence_str());
    let media_type = media_type(essence, filename.as_deref())?;
    // It is one chunk, because the whole form is in memory.
    let content = part.chunk().await.map_err(|_| broken_form())?;
    if part.chunk().await.map_err(|_| broken_form())?.is_some() {
        return Err(Problem::internal(
            "a form in memory was read as several chunks",
        ));
    }
    Ok(Upload {
        media_type,
        filename,
        content: content.unwrap_or_default(),
    })
}

/// The file name of the part. Some clients send the whole path of the file.
fn own_name(part: &Field<'_>) -> Result<Option<String>, Problem> {
    let given = part.file_name().unwrap_or_default();
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default();
    if name.is_empty() {
        return Ok(None);
    }
    if is_filename(name) {
        return Ok(Some(name.to_owned()));
    }
    Err(Problem::body("/file", format!("its name {FILENAME_RULE}")))
}

fn media_type(essence: &str, filename: Option<&str>) -> Result<MediaType, Problem> {
    let by_name = || match essence {
        "" | ANY_BYTES => MediaType::of_filename(filename?),
        _ => None,
    };
    MediaType::of_content_type(essence).or_else(by_name).ok_or_else(|| {
        let known: Vec<&str> = MediaType::all().map(MediaType::as_str).collect();
        Problem::new(ProblemCode::MediaTypeUnsupported).detail(format!(
            "Send the file as the body, with its own Content-Type, or as the part `file` of {FORM}. WhatsApp \
             supports these types: {}.",
            known.join(", ")
        ))
    })
}

fn broken_form() -> Problem {
    Problem::new(ProblemCode::MediaUnreadable)
        .detail("The form cannot be read: a boundary is missing. Nothing was kept. Send it again.")
}
