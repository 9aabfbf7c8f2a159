//! `POST /sim/handshake`: the verification request that the app's dashboard sends when a callback address is entered
//! (Meta, webhooks, verification requests).

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};

use crate::choices::Choices;
use crate::clock::now_ms;
use crate::state::State;

/// The answer of the webhook address to the verification request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeReport {
    /// Whether Meta would accept the address: HTTP 200 and exactly the challenge.
    pub verified: bool,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// Whether the body was exactly the challenge.
    pub challenge_echoed: bool,
    /// The answer's content type.
    pub content_type: Option<String>,
    /// Why there was no answer.
    pub failure: Option<String>,
}

pub(super) async fn post(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(shake(&state).await)
}

/// Calls the webhook address as Meta does to verify it.
pub(crate) async fn shake(state: &State) -> HandshakeReport {
    let Some(url) = state.webhook_url() else {
        return failed("no webhook url is set");
    };
    let key = format!("handshake {}", now_ms());
    let challenge = Choices::new(state.config.seed, &key)
        .between(1_000_000_000, 1_999_999_999)
        .to_string();
    let verify_token = state.verify_token();
    let query = [
        ("hub.mode", "subscribe"),
        ("hub.challenge", challenge.as_str()),
        ("hub.verify_token", verify_token.as_str()),
    ];
    let response = match state.client.get(url).query(&query).send().await {
        Ok(response) => response,
        Err(error) if error.is_timeout() => {
            return failed("the webhook url did not answer in time");
        }
        Err(_) => return failed("the webhook url cannot be reached"),
    };
    let status = response.status().as_u16();
    let content_type = response
        .headers()
        .get(reqwest::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let challenge_echoed = response.text().await.is_ok_and(|body| body == challenge);
    HandshakeReport {
        verified: status == 200 && challenge_echoed,
        status: Some(status),
        challenge_echoed,
        content_type,
        failure: None,
    }
}

fn failed(why: &str) -> HandshakeReport {
    HandshakeReport {
        verified: false,
        status: None,
        challenge_echoed: false,
        content_type: None,
        failure: Some(why.to_owned()),
    }
}
