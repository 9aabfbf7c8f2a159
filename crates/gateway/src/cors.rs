//! Calls from pages in a browser (Fetch standard, CORS protocol): for the origins in the settings, and for no others.
//!
//! No cookie is ever a key here, so no credentials are allowed: a page sends the key that its user gave it.

use actix_cors::Cors;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use actix_web::middleware::Condition;

use crate::web_address::Origins;

/// For how many seconds a browser need not ask again.
const MAX_AGE_SECONDS: usize = 600;

/// Answers preflights and lets the pages of these origins read answers; without any origin nothing is changed.
pub(crate) fn cors(origins: &Origins) -> Condition<Cors> {
    let mut cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE])
        .allowed_headers(["idempotency-key", "traceparent"])
        .expose_headers([RETRY_AFTER])
        .expose_headers(["idempotency-replayed", "trace-id"])
        .max_age(MAX_AGE_SECONDS);
    for origin in origins.all() {
        cors = cors.allowed_origin(origin);
    }
    Condition::new(!origins.all().is_empty(), cors)
}
