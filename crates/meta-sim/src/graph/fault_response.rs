//! The effects of a fault: before the call is executed, or instead of its answer.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use crate::connection::Connection;
use crate::fault::Fault;
use crate::ledger::Answered;
use crate::state::State;

const HTML_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Error</title></head>\
    <body><h1>Sorry, something went wrong.</h1><p>We're working on getting this fixed as soon as \
    we can.</p></body></html>\n";

/// Applies a fault that prevents the execution of the call; `None` when it is executed.
pub(crate) async fn before(
    fault: &Fault,
    request: &HttpRequest,
    state: &State,
) -> Option<HttpResponse> {
    state.stats.fault(fault.label());
    if let Some(refusal) = fault.refusal() {
        state.stats.refused(refusal.code);
        return Some(refusal.error_response());
    }
    match fault {
        Fault::Html500 { accepted: false } => Some(html_page()),
        Fault::CutBeforeAcceptance => Some(cut(request)),
        Fault::Hold {
            millis,
            accepted: false,
        } => {
            hold(state, *millis).await;
            Some(cut(request))
        }
        _ => None,
    }
}

/// Answers with `body`, or as the fault prescribes after the execution.
pub(crate) async fn after(
    fault: Option<&Fault>,
    request: &HttpRequest,
    state: &State,
    body: Vec<u8>,
) -> HttpResponse {
    match fault {
        Some(Fault::CutAfterAcceptance) => cut(request),
        Some(Fault::Html500 { .. }) => html_page(),
        Some(Fault::TruncatedJson) => {
            let half = body.len() / 2;
            json(body.into_iter().take(half).collect())
        }
        Some(Fault::Hold { millis, .. }) => {
            hold(state, *millis).await;
            json(body)
        }
        _ => json(body),
    }
}

/// The ledger's description of the answer.
pub(crate) fn answered(fault: Option<&Fault>) -> Answered {
    match fault {
        Some(Fault::CutAfterAcceptance) => Answered::Cut,
        Some(Fault::Html500 { .. }) => Answered::Html500,
        Some(Fault::TruncatedJson) => Answered::Truncated,
        Some(Fault::Hold { .. }) => Answered::Late,
        _ => Answered::Fully,
    }
}

/// HTTP 200 with JSON.
pub(crate) fn json(body: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::json())
        .body(body)
}

/// Waits, but not longer than the simulator runs.
pub(crate) async fn hold(state: &State, millis: u64) {
    tokio::select! {
        () = state.stopping.cancelled() => {}
        () = tokio::time::sleep(Duration::from_millis(millis)) => {}
    }
}

fn html_page() -> HttpResponse {
    HttpResponse::build(StatusCode::INTERNAL_SERVER_ERROR)
        .insert_header(ContentType::html())
        .body(HTML_PAGE)
}

/// The connection is closed, so the response reaches nobody.
fn cut(request: &HttpRequest) -> HttpResponse {
    if let Some(connection) = request.conn_data::<Connection>() {
        connection.cut();
    }
    HttpResponse::InternalServerError().force_close().finish()
}

impl Fault {
    fn label(&self) -> &'static str {
        match self {
            Self::Error { .. } => "error",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Html500 { .. } => "html500",
            Self::CutBeforeAcceptance => "cut_before_acceptance",
            Self::CutAfterAcceptance => "cut_after_acceptance",
            Self::Hold { .. } => "hold",
            Self::TruncatedJson => "truncated_json",
            Self::Statuses { .. } => "statuses",
            Self::HeldForQuality { .. } => "held_for_quality",
        }
    }
}
