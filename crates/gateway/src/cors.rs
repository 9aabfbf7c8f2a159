//! Calls from web pages (Fetch standard, CORS protocol): allowed for the origins in the settings only.
//!
//! Keys are never cookies, so credentials are not allowed: a page sends the key that its user entered.

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

/// The methods that a page may use.
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
/// The headers that a page may send, in addition to those that are always allowed.
const HEADERS: [&str; 4] = [
    "authorization",
    "content-type",
    "idempotency-key",
    "traceparent",
];
/// For how many seconds a browser caches the answer to a preflight.
const MAX_AGE_SECONDS: usize = 600;

/// Answers preflights and adds CORS headers for these origins; does nothing without origins.
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

/// Handles requests that are not allowed as if they came from no page: [`cors`] would answer them with text, while all
/// errors of this API are problems. The browser hides the response from the page in any case.
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

/// Whether the origin may call and, in a preflight, whether the method and headers are allowed.
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
