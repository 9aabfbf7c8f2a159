//! Calls from pages in a browser (Fetch standard, CORS protocol): for the origins in the settings, and for no others.
//!
//! No cookie is ever a key here, so no credentials are allowed: a page sends the key that its user gave it.

use actix_cors::Cors;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN,
    RETRY_AFTER,
};
use actix_web::middleware::{Condition, Next};

use crate::state::AppState;
use crate::web_address::Origins;

/// What a page may ask for.
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
/// What a page may send, beside what it always may.
const HEADERS: [&str; 4] = [
    "authorization",
    "content-type",
    "idempotency-key",
    "traceparent",
];
/// For how many seconds a browser need not ask again.
const MAX_AGE_SECONDS: usize = 600;

/// Answers preflights and lets the pages of these origins read answers; without any origin nothing is changed.
pub(crate) fn cors(origins: &Origins) -> Condition<Cors> {
    let mut cors = Cors::default()
        .allowed_methods(METHODS)
        .allowed_headers(HEADERS)
        .expose_headers([RETRY_AFTER])
        .expose_headers(["idempotency-replayed", "trace-id"])
        .max_age(MAX_AGE_SECONDS);
    for origin in origins.all() {
        cors = cors.allowed_origin(origin);
    }
    Condition::new(!origins.all().is_empty(), cors)
}

/// Has what a page may not do answered as if no page had asked: [`cors`] would answer it with text, and all that goes wrong
/// here is a problem. The browser keeps the answer from the page all the same.
pub(crate) async fn forget_strangers<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_known = {
        let state = AppState::of(request.request())?;
        may_ask(
            state.settings.cors_origins.all(),
            request.method(),
            request.headers(),
        )
    };
    if !is_known {
        let headers = request.headers_mut();
        headers.remove(ORIGIN);
        headers.remove(ACCESS_CONTROL_REQUEST_METHOD);
    }
    next.call(request).await
}

/// Whether the origin may call, and, before it does, whether it asks for nothing more than it may.
fn may_ask(origins: &[String], method: &Method, headers: &HeaderMap) -> bool {
    let is_known = headers
        .get(ORIGIN)
        .is_some_and(|given| origins.iter().any(|known| known == given));
    let asked = |header| headers.get(header).map(HeaderValue::as_bytes);
    is_known
        && (*method != Method::OPTIONS
            || asked(ACCESS_CONTROL_REQUEST_METHOD).is_none_or(is_method)
                && asked(ACCESS_CONTROL_REQUEST_HEADERS).is_none_or(are_headers))
}

fn is_method(asked: &[u8]) -> bool {
    METHODS.iter().any(|known| known.as_bytes() == asked)
}

fn are_headers(asked: &[u8]) -> bool {
    let is_allowed = |name: &[u8]| {
        let name = name.trim_ascii();
        HEADERS
            .iter()
            .any(|known| known.as_bytes().eq_ignore_ascii_case(name))
    };
    asked.split(|sign| *sign == b',').all(is_allowed)
}
