//! The levels and the form of the logs.

use std::collections::BTreeMap;

use serde::Deserialize;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// The crates of the product, by their log targets.
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

/// Dependencies that print their network traffic, with the highest level that they may log. lapin prints whole returned
/// messages as warnings. `actix_http` logs bytes from a client that are not HTTP as errors; they are no event for us,
/// and any client of the port could fill the log with them.
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
    /// The level of our own crates.
    pub level: Level,
    /// The level of dependencies, apart from those that are capped at `info`.
    pub dependencies: Level,
    /// A different level for single crates of ours, such as `sender = "debug"`.
    pub crates: BTreeMap<String, Level>,
    /// The form of a line.
    pub format: Format,
}

/// The level of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A person must act.
    Error,
    /// Something may need attention.
    Warn,
    /// Normal events.
    #[default]
    Info,
    /// Decisions in between.
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
    /// Plain text, for people.
    Text,
}

impl LogSettings {
    /// The filter. The caps are added last, so that no setting can lift them.
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
