//! The settings of webhook-ingest. There is no unverified mode: without its secrets it does not start.

use std::net::SocketAddr;
use std::time::Duration;

use broker::BrokerSettings;
use common::secret::{AppSecret, VerifyToken};
use secrecy::SecretString;
use serde::Deserialize;

/// All settings that webhook-ingest needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The section `ingest`.
    pub ingest: IngestSettings,
    /// RabbitMQ.
    pub broker: BrokerSettings,
    /// The secret of our Meta app, with which Meta signs webhooks.
    pub app_secret: AppSecret,
    /// The transit keys, as `sealing::TransitKey::parse` reads them; the gateway needs the same ones.
    pub transit_key: SecretString,
}

/// Settings of the section `ingest`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestSettings {
    /// The address for Meta's webhooks, behind a proxy that terminates TLS and passes the body unchanged.
    #[serde(default = "default_address")]
    pub address: SocketAddr,
    /// The verify token that Meta sends in the handshake.
    pub verify_token: VerifyToken,
    /// The app secret before the last rotation, which is accepted too until this setting is removed.
    #[serde(default)]
    pub previous_app_secret: Option<AppSecret>,
    /// Threads that handle requests.
    #[serde(default = "default_workers")]
    pub workers: usize,
    /// The greatest length of a body, in bytes. Meta sends up to 3 MB (Meta, webhooks overview).
    #[serde(default = "default_body_limit")]
    pub body_limit_bytes: usize,
    /// How long a body may take to arrive, in milliseconds; a slower one gets 408 and its connection is closed.
    #[serde(default = "default_body_timeout")]
    pub body_timeout_ms: u64,
    /// How many bytes of bodies may be in memory at a time: bodies that are still arriving, and those whose events
    /// RabbitMQ has not confirmed yet. Further bodies get 503, and Meta sends them again. Never less than
    /// `body_limit_bytes`. Provide three times as much memory: buffers grow in steps, and events are made from the
    /// bodies.
    #[serde(default = "default_max_bytes_in_flight")]
    pub max_bytes_in_flight: usize,
    /// How long a client may take to send the head of its request, in seconds.
    #[serde(default = "default_client_timeout")]
    pub client_timeout_seconds: u64,
}

impl Settings {
    /// The secrets whose signatures are accepted, the current one first.
    #[must_use]
    pub fn app_secrets(&self) -> Vec<AppSecret> {
        std::iter::once(self.app_secret.clone())
            .chain(self.ingest.previous_app_secret.clone())
            .collect()
    }
}

impl IngestSettings {
    /// How long a client may take to send the head of its request.
    #[must_use]
    pub const fn client_timeout(&self) -> Duration {
        Duration::from_secs(self.client_timeout_seconds)
    }

    /// How long a body may take to arrive.
    #[must_use]
    pub const fn body_timeout(&self) -> Duration {
        Duration::from_millis(self.body_timeout_ms)
    }

    /// How many bytes of bodies may be in memory at a time: at least one complete body.
    #[must_use]
    pub fn bytes_in_flight(&self) -> usize {
        self.max_bytes_in_flight.max(self.body_limit_bytes)
    }
}

fn default_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8081))
}

const fn default_workers() -> usize {
    2
}

const fn default_body_limit() -> usize {
    3 * 1024 * 1024
}

const fn default_body_timeout() -> u64 {
    10_000
}

const fn default_max_bytes_in_flight() -> usize {
    64 * 1024 * 1024
}

const fn default_client_timeout() -> u64 {
    10
}
