//! The product's API as a client is meant to use it: a key for each call, an `Idempotency-Key` for what creates, and the
//! same call again when nobody answered.

pub(crate) mod answers;
mod error;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};

use crate::random;

pub(crate) use answers::{
    Business, Campaign, Draft, DryRun, FailureCount, FilledMessage, Installed, Key, Message,
    Number, Page, Publication, Template, Waba,
};
pub(crate) use error::ApiError;

/// How long a call is tried again while nobody answers: longer than a service takes to come back.
const PATIENCE: Duration = Duration::from_secs(45);
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Worth another try: the problem is not in the call.
const PASSING: [StatusCode; 4] = [
    StatusCode::TOO_MANY_REQUESTS,
    StatusCode::BAD_GATEWAY,
    StatusCode::SERVICE_UNAVAILABLE,
    StatusCode::GATEWAY_TIMEOUT,
];

/// The API with one key. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
    key: String,
    /// The gateway's log, for the one who has to look into it.
    log: PathBuf,
}

/// An answer that came, whatever it says.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Api {
    pub(crate) fn new(http: reqwest::Client, base: String, log: PathBuf) -> Self {
        Self {
            http,
            base,
            key: String::new(),
            log,
        }
    }

    /// The same API with a key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    /// `http://host:port`.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ApiError> {
        self.call(Method::GET, path, |request| request).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ApiError> {
        let key = random::hex::<16>()
            .map_err(|error| self.error(&Method::POST, path).unreachable(&error))?;
        self.call(Method::POST, path, |request| {
            request.header("Idempotency-Key", &key).json(body)
        })
        .await
    }

    pub(crate) async fn put_csv<T: DeserializeOwned>(
        &self,
        path: &str,
        file: &[u8],
    ) -> Result<T, ApiError> {
        self.call(Method::PUT, path, |request| {
            request.header(CONTENT_TYPE, "text/csv").body(file.to_vec())
        })
        .await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        complete: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<T, ApiError> {
        let error = self.error(&method, path);
        let deadline = Instant::now() + PATIENCE;
        let url = format!("{}{path}", self.base);
        loop {
            let request = self
                .http
                .request(method.clone(), &url)
                .bearer_auth(&self.key);
            let (failed, pause) = match receive(complete(request)).await {
                Ok(answer) if answer.status.is_success() => {
                    return serde_json::from_slice(&answer.body)
                        .map_err(|cause| error.unreadable(&cause));
                }
                Ok(answer) if !answer.is_passing() => {
                    return Err(error.refused(answer.status, &answer.body));
                }
                Ok(answer) => (error.refused(answer.status, &answer.body), answer.pause()),
                Err(cause) => (error.unreachable(&cause), PAUSE),
            };
            if Instant::now() + pause > deadline {
                return Err(failed);
            }
            sleep(pause).await;
        }
    }

    fn error(&self, method: &Method, path: &str) -> error::Call {
        // What follows the question mark may name a client.
        let path = path.split('?').next().unwrap_or_default();
        error::Call {
            name: format!("{method} {path}"),
            log: self.log.clone(),
        }
    }
}

impl Answer {
    fn is_passing(&self) -> bool {
        PASSING.contains(&self.status)
            || (self.status == StatusCode::CONFLICT && self.headers.contains_key(RETRY_AFTER))
    }

    fn pause(&self) -> Duration {
        let seconds = self
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        seconds
            .map_or(PAUSE, Duration::from_secs)
            .min(LONGEST_PAUSE)
    }
}

async fn receive(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer {
        status,
        headers,
        body: response.bytes().await?.to_vec(),
    })
}
