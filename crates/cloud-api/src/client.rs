//! The HTTP client: one connection pool, no redirects, no retries, responses of limited size.
//!
//! The only retry is of a request that hyper had not begun to write, because its pooled connection was closed: it is
//! written to another connection, and nothing had been sent. The machine's proxy settings are not used, because what
//! "before the first byte was sent" means would then depend on the proxy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::ids::{AppId, WabaId};
use common::secret::AccessToken;
use reqwest::{Client, Method, RequestBuilder, redirect, retry};
use ring::hmac;
use serde::de::DeserializeOwned;

use crate::business_use::{self, BusinessUse, Managed};
use crate::error::{ApiError, TransportError};
use crate::metrics::{Call, Metrics};
use crate::settings::{CloudApiSettings, SettingsError};

/// Larger than Meta's largest response, a page of 100 templates.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;
const IDLE_CONNECTION: Duration = Duration::from_secs(60);
/// A ping detects a dead connection before messages time out on it.
const PING_INTERVAL: Duration = Duration::from_secs(15);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// The client of Meta's API. Clones share their connections.
#[derive(Debug, Clone)]
pub struct CloudApi {
    inner: Arc<Inner>,
}

struct Inner {
    http: Client,
    root: String,
    app_id: AppId,
    app_token: AccessToken,
    proof_key: Option<hmac::Key>,
    metrics: &'static Metrics,
}

/// Why the client could not be created.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// A setting cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The HTTP client could not be built, for example because root certificates are missing.
    #[error("the HTTP client could not be built")]
    Http(#[source] TransportError),
    /// The metrics could not be registered.
    #[error("the metrics could not be registered: {0}")]
    Metrics(&'static prometheus::Error),
}

/// A response with any content.
pub(crate) struct Answer {
    pub(crate) http_status: u16,
    pub(crate) body: Vec<u8>,
    /// The header with the used budgets.
    pub(crate) business_use: Option<String>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl CloudApi {
    /// Creates the client. Nothing is sent.
    ///
    /// # Errors
    /// When a setting cannot be used, or the HTTP client cannot be built.
    pub fn new(settings: &CloudApiSettings) -> Result<Self, NewError> {
        let root = settings.root()?;
        // reqwest panics without a provider; one that was installed before is kept.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .user_agent(concat!("djigbachats/", env!("CARGO_PKG_VERSION")))
            .https_only(root.starts_with("https://"))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .connect_timeout(settings.connect_timeout())
            .timeout(settings.request_timeout())
            .pool_idle_timeout(IDLE_CONNECTION)
            .http2_keep_alive_interval(PING_INTERVAL)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .http2_keep_alive_while_idle(true)
            .build()
            .map_err(|error| NewError::Http(error.into()))?;
        let secret = settings.app_secret.expose();
        let inner = Inner {
            http,
            root,
            app_id: settings.app_id.clone(),
            app_token: AccessToken::new(format!("{}|{secret}", settings.app_id)),
            proof_key: settings
                .appsecret_proof
                .then(|| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())),
            metrics: Metrics::of_process().map_err(NewError::Metrics)?,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// A request with a business's token, with the proof that it comes from our app. `path` begins with a slash.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        token: &AccessToken,
    ) -> RequestBuilder {
        let request = self.bare_request(method, path, token);
        match &self.inner.proof_key {
            Some(key) => {
                let proof = hmac::sign(key, token.expose().as_bytes());
                request.query(&[("appsecret_proof", hex::encode(proof))])
            }
            None => request,
        }
    }

    /// A request as our app itself.
    pub(crate) fn request_as_app(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare_request(method, path, &self.inner.app_token)
    }

    /// Sends a request once and parses its response as JSON; `expected` describes the expected content in an error.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        call: Call,
        request: RequestBuilder,
        expected: &'static str,
    ) -> Result<T, ApiError> {
        self.ask_managed(call, request, expected, None).await.result
    }

    /// The same, with the budget of the account, or the most used one of the response if the account is not known.
    pub(crate) async fn ask_managed<T: DeserializeOwned>(
        &self,
        call: Call,
        request: RequestBuilder,
        expected: &'static str,
        of: Option<&WabaId>,
    ) -> Managed<T> {
        let started = Instant::now();
        let managed = match self.exchange(request).await {
            Ok(answer) => Managed {
                result: answer.read(expected),
                business_use: answer.business_use(of),
            },
            Err(broken) => Managed {
                result: Err(broken.error.into()),
                business_use: None,
            },
        };
        let failure = managed.result.as_ref().err();
        self.inner.metrics.record(
            call,
            started.elapsed(),
            failure.map(ApiError::class),
            failure.and_then(ApiError::meta),
        );
        managed
    }

    /// Sends a request once and reads the whole response, up to [`MAX_ANSWER_BYTES`].
    pub(crate) async fn exchange(&self, request: RequestBuilder) -> Result<Answer, Broken> {
        let broken = |http_status| {
            move |error: reqwest::Error| Broken {
                http_status,
                error: error.into(),
            }
        };
        let mut response = request.send().await.map_err(broken(None))?;
        let http_status = response.status().as_u16();
        let business_use = response.headers().get(business_use::HEADER);
        let business_use = business_use.and_then(|header| header.to_str().ok());
        let business_use = business_use.map(ToOwned::to_owned);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken(Some(http_status)))? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER_BYTES {
                break;
            }
        }
        Ok(Answer {
            http_status,
            body,
            business_use,
        })
    }

    pub(crate) fn app_id(&self) -> &AppId {
        &self.inner.app_id
    }

    pub(crate) fn metrics(&self) -> &'static Metrics {
        self.inner.metrics
    }

    fn bare_request(&self, method: Method, path: &str, token: &AccessToken) -> RequestBuilder {
        self.inner
            .http
            .request(method, format!("{}{path}", self.inner.root))
            .bearer_auth(token.expose())
    }
}

/// An exchange that failed; it has the HTTP status if the failure came after it.
pub(crate) struct Broken {
    pub(crate) http_status: Option<u16>,
    pub(crate) error: TransportError,
}

impl Answer {
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.http_status, 200..=299)
    }

    fn business_use(&self, of: Option<&WabaId>) -> Option<BusinessUse> {
        BusinessUse::read(self.business_use.as_deref()?, of)
    }

    fn read<T: DeserializeOwned>(&self, expected: &'static str) -> Result<T, ApiError> {
        let of_answer = || ApiError::of_answer(self.http_status, &self.body, expected);
        if !self.is_success() {
            return Err(of_answer());
        }
        serde_json::from_slice(&self.body).map_err(|_| of_answer())
    }
}
