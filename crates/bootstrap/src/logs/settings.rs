//! How much is logged, and in which form.

use std::collections::BTreeMap;

use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// The crates of the product, by the names under which they log.
const OURS: [&str; 15] = [
    "bootstrap",
    "broker",
    "cloud_api",
    "common",
    "djigbachats",
    "e2e",
    "gateway",
    "meta_sim",
    "retention_janitor",
    "sealing",
    "sender",
    "storage",
    "template_sync",
    "testkit",
    "webhook_ingest",
];

/// Dependencies that print what they send and receive, with the most that they may log. lapin prints whole returned
/// messages as warnings. What comes from a client and is no HTTP is an error to actix_http, and to us no event: whoever
/// reaches the port could fill the log with it.
const NOISY: [(&str, LevelFilter); 17] = [
    ("lapin", LevelFilter::ERROR),
    ("tokio_postgres", LevelFilter::INFO),
    ("postgres_protocol", LevelFilter::INFO),
    ("diesel", LevelFilter::INFO),
    ("diesel_async", LevelFilter::INFO),
    ("reqwest", LevelFilter::INFO),
    ("hyper", LevelFilter::INFO),
    ("hyper_util", LevelFilter::INFO),
    ("h2", LevelFilter::INFO),
    ("actix_http", LevelFilter::INFO),
    ("actix_http::h1::dispatcher", LevelFilter::OFF),
    ("actix_web", LevelFilter::INFO),
    ("actix_server", LevelFilter::INFO),
    ("rustls", LevelFilter::INFO),
    ("tokio_rustls", LevelFilter::INFO),
    ("mio", LevelFilter::INFO),
    ("rlibphonenumber", LevelFilter::INFO),
];

/// Settings of the section `logs`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSettings {
    /// How much our own crates log.
    pub level: Level,
    /// How much dependencies log, apart from those that are capped at `info`.
    pub dependencies: Level,
    /// Another level for single crates of ours, such as `sender = "debug"`.
    pub crates: BTreeMap<String, Level>,
    /// The form of a line.
    pub format: Format,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A human must act.
    Error,
    /// Something may need attention.
    Warn,
    /// What happens.
    #[default]
    Info,
    /// What is decided on the way.
    Debug,
    /// Every step.
    Trace,
}

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object per line, for machines.
    #[default]
    Json,
    /// Words, for people.
    Text,
}

impl LogSettings {
    /// What passes. The caps come last, so that nothing that is set can lift them.
    pub(super) fn targets(&self) -> Targets {
        let mut targets = Targets::new().with_default(self.dependencies.filter());
        for name in OURS {
            targets = targets.with_target(name, self.level.filter());
        }
        for (name, level) in &self.crates {
            targets = targets.with_target(name.replace('-', "_"), level.filter());
        }
        for (name, most) in NOISY {
            targets = targets.with_target(name, most.min(self.dependencies.filter()));
        }
        targets
    }
}

impl Level {
    const fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}
