//! The gateway's API as a client uses it: one API key, and an `Idempotency-Key` on calls that create.

use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use crate::http;

/// How long a call is retried.
const RETRY_LIMIT: Duration = Duration::from_secs(60);
/// Interval between two tries.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// The API with one key. Cheap to clone.
#[derive(Clone)]
pub struct ApiClient {
    http: reqwest::Client,
    base: String,
    key: String,
}

/// An answer of any status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The raw body.
    pub body: Vec<u8>,
}

impl ApiClient {
    /// The API at `http://host:port`, without a key.
    #[must_use]
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            http: http::client(),
            base: base.into(),
            key: String::new(),
        }
    }

    /// The same API with another key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    /// The same key at another gateway.
    #[must_use]
    pub fn at(&self, base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            ..self.clone()
        }
    }

    /// The API key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Sends a GET.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(self.request(Method::GET, path)).await
    }

    /// Sends a POST under a new idempotency key.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(self.creating(path, &Uuid::new_v4().to_string(), body))
            .await
    }

    /// Sends a POST under an idempotency key; an error when there is no answer.
    ///
    /// # Errors
    /// When the connection breaks or cannot be established.
    pub async fn try_post(
        &self,
        path: &str,
        idempotency_key: &str,
        body: &Value,
    ) -> reqwest::Result<Answer> {
        receive(self.creating(path, idempotency_key, body)).await
    }

    /// Sends a POST under an idempotency key and retries while there is no answer or a transient one.
    ///
    /// # Panics
    /// When there is no final answer within a minute.
    pub async fn post_until_answered(
        &self,
        path: &str,
        idempotency_key: &str,
        body: &Value,
    ) -> Answer {
        let end = Instant::now() + RETRY_LIMIT;
        let mut tries = tokio::time::interval(RETRY_INTERVAL);
        loop {
            tries.tick().await;
            match self.try_post(path, idempotency_key, body).await {
                Ok(answer) if !answer.is_transient() => return answer,
                _ => assert!(
                    Instant::now() < end,
                    "within {RETRY_LIMIT:?} there was no final answer to {path}"
                ),
            }
        }
    }

    /// Sends a PUT.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(self.request(Method::PUT, path).json(body)).await
    }

    /// Sends a DELETE.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(self.request(Method::DELETE, path)).await
    }

    /// Sends a CSV file by PUT.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn put_csv(&self, path: &str, file: Vec<u8>) -> Answer {
        let request = self
            .request(Method::PUT, path)
            .header(CONTENT_TYPE, "text/csv");
        self.call(request.body(file)).await
    }

    /// Sends raw bytes with headers by POST, without an API key.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn post_raw(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        self.call(request).await
    }

    fn creating(&self, path: &str, idempotency_key: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path)
            .header("Idempotency-Key", idempotency_key)
            .json(body)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key)
    }

    async fn call(&self, request: RequestBuilder) -> Answer {
        receive(request).await.expect("the API answers")
    }
}

impl Answer {
    /// The body of a successful answer.
    ///
    /// # Panics
    /// When it is not successful; the answer is printed.
    #[must_use]
    pub fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        self.json()
    }

    /// The body.
    ///
    /// # Panics
    /// When it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the API answers JSON")
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether a retry may get another answer.
    fn is_transient(&self) -> bool {
        let comes_again =
            self.status == StatusCode::CONFLICT && self.headers.contains_key(RETRY_AFTER);
        comes_again || self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }
}

async fn receive(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer {
        status,
        headers,
        body: response.bytes().await?.to_vec(),
    })
}
