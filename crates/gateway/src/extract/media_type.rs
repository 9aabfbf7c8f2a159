//! The media type of a body, as its `Content-Type` names it.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;

/// Whether the body is said to be of this type, whatever its parameters.
pub(crate) fn is_media_type(request: &HttpRequest, expected: &str) -> bool {
    let given = request.headers().get(CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok());
    let essence = given.unwrap_or_default().split(';').next();
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(expected))
}
