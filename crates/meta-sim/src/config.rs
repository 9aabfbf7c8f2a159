//! The configuration of a simulator and the behaviour of its webhooks.
//!
//! Every share is between 0 and 1; every random choice follows from `seed` and the message's
//! `biz_opaque_callback_data`, so a run can be repeated.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;
use crate::state::account::Template;
use crate::state::sample;
use crate::template_life::ReviewBehaviour;

/// A range of delays in milliseconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelayMs {
    /// Shortest delay, milliseconds.
    pub min: u64,
    /// Longest delay, milliseconds.
    pub max: u64,
}

impl DelayMs {
    /// From `min` to `max` milliseconds.
    #[must_use]
    pub const fn new(min: u64, max: u64) -> Self {
        Self { min, max }
    }
}

/// Timing, duplication, order and retries of webhooks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookBehaviour {
    /// From acceptance to `sent`.
    pub sent: DelayMs,
    /// From `sent` to `delivered`, and from acceptance to `failed`.
    pub delivered: DelayMs,
    /// From `delivered` to `read`.
    pub read: DelayMs,
    /// Share of delivered messages that are read.
    pub read_share: f64,
    /// Share of messages that end `failed`, with one of `failed_codes`.
    pub failed_share: f64,
    /// Codes for `failed_share`.
    pub failed_codes: Vec<i64>,
    /// Share of messages without any status.
    pub silent_share: f64,
    /// Share of statuses that are posted twice.
    pub doubled_share: f64,
    /// Share of messages whose statuses arrive in reverse order.
    pub reordered_share: f64,
    /// Share of messages whose `sent` is posted before the HTTP answer.
    pub early_share: f64,
    /// Share of messages that are accompanied by a status of a message that we did not send.
    pub foreign_share: f64,
    /// Most statuses in one POST (Meta, webhooks overview: up to 1,000).
    pub statuses_per_post: usize,
    /// How long a batch collects statuses before it is posted; used when `statuses_per_post` is over 1.
    pub gather_ms: u64,
    /// First delay after an answer other than 200; it doubles with every attempt.
    pub retry_first_ms: u64,
    /// Longest delay between two attempts.
    pub retry_max_ms: u64,
    /// Attempts after which a webhook is parts up and counted as such.
    pub retry_attempts: u32,
    /// Timeout of one POST.
    pub timeout_ms: u64,
}

impl Default for WebhookBehaviour {
    fn default() -> Self {
        Self {
            sent: DelayMs::new(50, 400),
            delivered: DelayMs::new(200, 2_000),
            read: DelayMs::new(1_000, 8_000),
            read_share: 0.6,
            failed_share: 0.0,
            failed_codes: vec![131_026, 131_049, 131_050],
            silent_share: 0.0,
            doubled_share: 0.0,
            reordered_share: 0.0,
            early_share: 0.0,
            foreign_share: 0.0,
            statuses_per_post: 1,
            gather_ms: 20,
            retry_first_ms: 500,
            retry_max_ms: 60_000,
            retry_attempts: 1_000,
            timeout_ms: 10_000,
        }
    }
}

impl WebhookBehaviour {
    /// Statuses within milliseconds and every delivered message read: for tests.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            sent: DelayMs::new(0, 2),
            delivered: DelayMs::new(1, 3),
            read: DelayMs::new(1, 3),
            read_share: 1.0,
            gather_ms: 2,
            retry_first_ms: 10,
            retry_max_ms: 100,
            timeout_ms: 5_000,
            ..Self::default()
        }
    }
}

/// The configuration of a simulator.
#[derive(Clone)]
pub struct SimConfig {
    /// The listening address; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// The app whose webhooks and app token are simulated.
    pub app_id: String,
    /// Its secret: signs webhooks, authenticates `debug_token`, checks `appsecret_proof`.
    pub app_secret: String,
    /// The URL of the app's webhooks; without it none are created.
    pub webhook_url: Option<String>,
    /// The `hub.verify_token` of the handshake.
    pub verify_token: String,
    /// Seed of every random choice.
    pub seed: u64,
    /// How webhooks behave.
    pub behaviour: WebhookBehaviour,
    /// Maximum number of concurrent webhook POSTs.
    pub webhook_concurrency: usize,
    /// Whether the recipient's last six digits select a fault (see the README's table).
    pub recipient_rules: bool,
    /// Meta's limits that are enforced at the start.
    pub limits: Limits,
    /// The templates of the sample account in place of the samples.
    pub templates: Option<Vec<Template>>,
    /// The file in which the templates of the sample account are kept.
    pub templates_file: Option<PathBuf>,
    /// How templates are reviewed.
    pub review: ReviewBehaviour,
    /// Whether calls without `appsecret_proof` are refused.
    pub require_appsecret_proof: bool,
    /// Whether ledger entries keep the request body.
    pub keep_bodies: bool,
    /// How long Meta takes to answer a POST to `/messages`.
    pub answer_delay: DelayMs,
    /// Accepted POSTs are appended to this file before they are answered, and read back at start.
    pub ledger_file: Option<PathBuf>,
    /// HTTP worker threads.
    pub http_workers: usize,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            app_id: sample::APP_ID.to_owned(),
            app_secret: sample::APP_SECRET.to_owned(),
            webhook_url: None,
            verify_token: sample::VERIFY_TOKEN.to_owned(),
            seed: 1,
            behaviour: WebhookBehaviour::default(),
            webhook_concurrency: 32,
            recipient_rules: true,
            limits: Limits::default(),
            templates: None,
            templates_file: None,
            review: ReviewBehaviour::default(),
            require_appsecret_proof: false,
            keep_bodies: false,
            answer_delay: DelayMs::new(0, 0),
            ledger_file: None,
            http_workers: 2,
        }
    }
}

impl fmt::Debug for SimConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimConfig")
            .field("listen", &self.listen)
            .field("app_id", &self.app_id)
            .field("seed", &self.seed)
            .field("behaviour", &self.behaviour)
            .finish_non_exhaustive()
    }
}
