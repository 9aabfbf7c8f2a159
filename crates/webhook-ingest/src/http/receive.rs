//! A webhook: verified over its raw bytes, read, enqueued, and answered 200 when the broker has confirmed it.
//!
//! What is signed is never refused for what it says: Meta would send the same again for days.

use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use common::trace::TraceId;
use tracing::Instrument;

use super::Ingest;
use crate::intake::{NotTaken, Taken};
use crate::metrics::Metrics;

const SIGNATURE: &str = "x-hub-signature-256";

/// What became of a webhook.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Accepted,
    BadSignature,
    Quarantined,
    NotEnqueued,
}

/// `POST /webhooks/meta`.
pub(crate) async fn receive(
    ingest: web::Data<Ingest>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let begun = Instant::now();
    let trace_id = TraceId::random();
    let span = tracing::info_span!("handler.webhooks.receive", trace.id = %trace_id);
    let outcome = accept(&ingest, &request, &body, trace_id)
        .instrument(span)
        .await;
    let metrics = Metrics::get();
    metrics.webhooks.with_label_values(&[outcome.label()]).inc();
    metrics.duration.observe(begun.elapsed().as_secs_f64());
    outcome.answer()
}

async fn accept(ingest: &Ingest, request: &HttpRequest, body: &[u8], trace_id: TraceId) -> Outcome {
    if !is_signed(ingest, request, body) {
        tracing::warn!(
            bytes = body.len(),
            "a webhook without a valid signature was refused"
        );
        return Outcome::BadSignature;
    }
    match ingest.intake.take(body, ingest.clock.now(), trace_id).await {
        Ok(Taken::Whole) => Outcome::Accepted,
        Ok(Taken::InPart) => Outcome::Quarantined,
        Err(NotTaken) => Outcome::NotEnqueued,
    }
}

/// One header, and it holds. Two headers would let a proxy and us look at different ones.
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
    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::BadSignature => "bad_signature",
            Self::Quarantined => "quarantined",
            Self::NotEnqueued => "not_enqueued",
        }
    }

    /// The same short answer for each outcome: nothing in it helps a forger.
    fn answer(self) -> HttpResponse {
        match self {
            Self::Accepted | Self::Quarantined => HttpResponse::Ok().finish(),
            Self::BadSignature => HttpResponse::new(StatusCode::UNAUTHORIZED),
            Self::NotEnqueued => HttpResponse::ServiceUnavailable()
                .insert_header((RETRY_AFTER, "1"))
                .finish(),
        }
    }
}
