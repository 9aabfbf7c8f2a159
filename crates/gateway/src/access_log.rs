//! The outermost middleware: trace id, one log line for each request, metrics and response headers. The log line has
//! the route's pattern instead of the path, and no query, body or address. Successful requests are logged at level
//! `debug`.

use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use common::trace::TraceId;
use tracing::Instrument as _;

use crate::auth::{Actor, Principal};
use crate::metrics::Metrics;
use crate::problem::Problem;

/// The response header with the trace id, for support requests.
const TRACE_ID: HeaderName = HeaderName::from_static("trace-id");
const TRACEPARENT: &str = "traceparent";
/// Logged for a path that matches no route.
const NO_ROUTE: &str = "none";

pub(crate) async fn access_log<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let header = request
        .headers()
        .get(TRACEPARENT)
        .and_then(|value| value.to_str().ok());
    let trace_id = header
        .and_then(TraceId::from_traceparent)
        .unwrap_or_else(TraceId::random);
    request.extensions_mut().insert(trace_id);
    let span = tracing::info_span!("request", %trace_id);
    let response = next
        .call(request)
        .instrument(span)
        .await?
        .map_into_boxed_body();
    let mut response = explain(response, trace_id);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&trace_id.to_string()) {
        headers.insert(TRACE_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    record(&response, trace_id, started);
    Ok(response)
}

/// Logs the cause of an internal error once, and adds the trace id to the response.
fn explain(response: ServiceResponse<BoxBody>, trace_id: TraceId) -> ServiceResponse<BoxBody> {
    let Some(error) = response.response().error() else {
        return response;
    };
    let Some(problem) = error.as_error::<Problem>() else {
        return response;
    };
    let status = problem.code().status();
    if !status.is_server_error() {
        return response;
    }
    let (cause, code) = (problem.cause(), problem.code().as_str());
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(%trace_id, problem = code, cause, "a request failed with an internal error");
    } else {
        tracing::warn!(%trace_id, problem = code, cause, "a request got 503 because a dependency is unavailable");
    }
    let answer = problem.respond(Some(trace_id));
    response.into_response(answer)
}

fn record(response: &ServiceResponse<BoxBody>, trace_id: TraceId, started: Instant) {
    let request = response.request();
    let route = request
        .match_pattern()
        .unwrap_or_else(|| NO_ROUTE.to_owned());
    let (method, status) = (method_label(request.method()), response.status());
    let duration = started.elapsed();
    let metrics = Metrics::get();
    let counted_method = if route == NO_ROUTE { NO_ROUTE } else { method };
    metrics
        .requests
        .with_label_values(&[&route, counted_method, class(status)])
        .inc();
    metrics
        .request_duration
        .with_label_values(&[&route])
        .observe(duration.as_secs_f64());
    let extensions = request.extensions();
    let key_id = || Some(extensions.get::<Actor>()?.key_id().to_string());
    let business_id = || {
        let principal = extensions.get::<Principal>()?;
        Some(principal.business.business_id().to_string())
    };
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                method,
                route,
                status = status.as_u16(),
                duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
                %trace_id,
                business.id = business_id(),
                key.id = key_id(),
                "request"
            )
        };
    }
    // Successful requests are counted above; a line for each would hide the others.
    if status.is_success() {
        line!(debug);
    } else {
        line!(info);
    }
}

/// The method as a label and in the log. Clients may send arbitrary methods; each would be a metric series for ever.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
