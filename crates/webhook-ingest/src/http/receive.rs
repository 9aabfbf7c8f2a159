//! Receives a webhook: verifies its raw bytes, parses and enqueues it, and answers 200 when the broker has confirmed
//! it.
//!
//! A signed webhook is never refused for its content: Meta would send the same again for days.

use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use common::trace::TraceId;
use tracing::Instrument;

use super::Ingest;
use super::body::{Body, BodyError};
use crate::intake::{NotTaken, Taken};
use crate::metrics::Metrics;

const SIGNATURE: &str = "x-hub-signature-256";

/// The outcome of a webhook.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Accepted,
    BadSignature,
    Quarantined,
    NotEnqueued,
    NotRead(BodyError),
}

/// `POST /webhooks/meta`.
pub(crate) async fn receive(
    ingest: web::Data<Ingest>,
    request: HttpRequest,
    mut payload: web::Payload,
) -> HttpResponse {
    let body = match ingest.bodies.read(&request, &mut payload).await {
        Ok(body) => body,
        Err(error) => {
            let outcome = Outcome::NotRead(error);
            outcome.count();
            return closing(outcome.answer(), payload);
        }
    };
    let begun = Instant::now();
    let trace_id = TraceId::random();
    let span = tracing::info_span!("handler.webhooks.receive", trace.id = %trace_id);
    let outcome = accept(ingest, &request, body, trace_id)
        .instrument(span)
        .await;
    outcome.count();
    Metrics::get()
        .duration
        .observe(begun.elapsed().as_secs_f64());
    outcome.answer()
}

/// The response to a body that was not read completely. As long as the payload lives, the server closes the connection
/// after the response; without it, it would read a chunked body to its end, however long that takes.
fn closing(mut answer: HttpResponse, payload: web::Payload) -> HttpResponse {
    answer.extensions_mut().insert(payload);
    answer
}

async fn accept(
    ingest: web::Data<Ingest>,
    request: &HttpRequest,
    body: Body,
    trace_id: TraceId,
) -> Outcome {
    if !is_signed(&ingest, request, &body) {
        tracing::warn!(
            bytes = body.len(),
            "a webhook without a valid signature was refused"
        );
        return Outcome::BadSignature;
    }
    // A separate task: it continues when the client disconnects, and the bytes stay in flight until it ends.
    let ingest = ingest.into_inner();
    let taking = async move {
        let received_at = ingest.clock.now();
        ingest.intake.take(&body, received_at, trace_id).await
    };
    match tokio::spawn(taking.in_current_span()).await {
        Ok(Ok(Taken::Whole)) => Outcome::Accepted,
        Ok(Ok(Taken::InPart)) => Outcome::Quarantined,
        Ok(Err(NotTaken)) | Err(_) => Outcome::NotEnqueued,
    }
}

/// Whether there is exactly one header, and it is valid. With two, a proxy and this service might check different ones.
fn is_signed(ingest: &Ingest, request: &HttpRequest, body: &[u8]) -> bool {
    let mut headers = request.headers().get_all(SIGNATURE);
    match (
        headers.next().and_then(|header| header.to_str().ok()),
        headers.next(),
    ) {
        (Some(header), None) => ingest.verifier.holds(header, body),
        _ => false,
    }
}

impl Outcome {
    fn count(self) {
        let webhooks = &Metrics::get().webhooks;
        webhooks.with_label_values(&[self.label()]).inc();
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::BadSignature => "bad_signature",
            Self::Quarantined => "quarantined",
            Self::NotEnqueued => "not_enqueued",
            Self::NotRead(BodyError::TooLarge) => "too_large",
            Self::NotRead(BodyError::TooSlow) => "too_slow",
            Self::NotRead(BodyError::Overloaded) => "overloaded",
            Self::NotRead(BodyError::Incomplete) => "incomplete",
        }
    }

    /// A short response that is the same for each outcome: it contains nothing that helps a forger.
    fn answer(self) -> HttpResponse {
        match self {
            Self::Accepted | Self::Quarantined => HttpResponse::Ok().finish(),
            Self::BadSignature => HttpResponse::new(StatusCode::UNAUTHORIZED),
            Self::NotEnqueued | Self::NotRead(BodyError::Overloaded) => {
                HttpResponse::ServiceUnavailable()
                    .insert_header((RETRY_AFTER, "1"))
                    .finish()
            }
            Self::NotRead(BodyError::TooLarge) => HttpResponse::PayloadTooLarge().finish(),
            Self::NotRead(BodyError::TooSlow) => HttpResponse::RequestTimeout().finish(),
            Self::NotRead(BodyError::Incomplete) => HttpResponse::BadRequest().finish(),
        }
    }
}
