//! The handshake by which Meta verifies the webhook URL (Meta, webhooks: verification requests).

use actix_web::{HttpResponse, Responder, web};
use serde::Deserialize;

use super::Ingest;

/// A challenge of Meta's is a short number; nothing else is returned.
const CHALLENGE_LIMIT: usize = 128;

/// The query of the handshake. Its keys contain dots.
#[derive(Deserialize)]
pub(crate) struct Query {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
    #[serde(rename = "hub.verify_token", default)]
    verify_token: String,
}

/// `GET /webhooks/meta`: the challenge as plain text, or 403.
pub(crate) async fn handshake(
    ingest: web::Data<Ingest>,
    query: web::Query<Query>,
) -> impl Responder {
    let known = sealing::constant_time_eq(
        query.verify_token.as_bytes(),
        ingest.verify_token.expose().as_bytes(),
    );
    let plain = query.challenge.len() <= CHALLENGE_LIMIT
        && query
            .challenge
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if known && plain && query.mode == "subscribe" {
        tracing::info!("Meta verified the webhook URL");
        HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(query.into_inner().challenge)
    } else {
        tracing::warn!("a handshake with a wrong mode, token or challenge was refused");
        HttpResponse::Forbidden().finish()
    }
}
