//! The `meta-sim` program: a simulated Meta on one port, until it is stopped.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use meta_sim::{
    DelayMs, Limits, ReviewBehaviour, SimConfig, Simulator, Template, WebhookBehaviour, sample,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A sandbox of Meta's WhatsApp Cloud API: Graph paths under /vNN.0/, control under /sim/.
#[derive(Parser)]
#[command(name = "meta-sim", version, about)]
struct Arguments {
    /// The listening address.
    #[arg(long, env = "META_SIM_LISTEN", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The webhook URL; can be changed later by PUT /sim/webhook.
    #[arg(long, env = "META_SIM_WEBHOOK_URL")]
    webhook_url: Option<String>,
    /// The simulated app.
    #[arg(long, env = "META_SIM_APP_ID", default_value = sample::APP_ID)]
    app_id: String,
    /// The app's secret, which signs webhooks.
    #[arg(long, env = "META_SIM_APP_SECRET", hide_env_values = true)]
    app_secret: Option<String>,
    /// A file with the app's secret.
    #[arg(long, env = "META_SIM_APP_SECRET_FILE", conflicts_with = "app_secret")]
    app_secret_file: Option<PathBuf>,
    /// The verify token of the handshake.
    #[arg(long, env = "META_SIM_VERIFY_TOKEN", default_value = sample::VERIFY_TOKEN)]
    verify_token: String,
    /// Accepted messages are appended to this file before they are answered, and read back at start.
    #[arg(long, env = "META_SIM_LEDGER_FILE")]
    ledger_file: Option<PathBuf>,
    /// Keep request bodies in the ledger.
    #[arg(long)]
    keep_bodies: bool,
    /// Seed of every random choice.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Webhook behaviour as JSON, as PUT /sim/behaviour takes it.
    #[arg(long, env = "META_SIM_BEHAVIOUR")]
    behaviour: Option<String>,
    /// Statuses within milliseconds (overridden by --behaviour).
    #[arg(long)]
    quick: bool,
    /// Maximum number of concurrent webhook POSTs.
    #[arg(long, default_value_t = 32)]
    webhook_concurrency: usize,
    /// HTTP worker threads.
    #[arg(long, default_value_t = 2)]
    http_workers: usize,
    /// Shortest time until a POST to /messages is answered, milliseconds.
    #[arg(long, default_value_t = 0)]
    answer_delay_min_ms: u64,
    /// Longest time until a POST to /messages is answered, milliseconds.
    #[arg(long, default_value_t = 0)]
    answer_delay_max_ms: u64,
    /// The enforced limits as JSON, as in PUT /sim/limits.
    #[arg(long, env = "META_SIM_LIMITS")]
    limits: Option<String>,
    /// The file that keeps the templates of the sample account, a JSON list as POST /sim/accounts takes them: read at the start
    /// if it is there, in place of the samples, and written at each change.
    #[arg(long, env = "META_SIM_TEMPLATES_FILE")]
    templates_file: Option<PathBuf>,
    /// How templates are reviewed as JSON, as PUT /sim/templates/review takes it.
    #[arg(long, env = "META_SIM_REVIEW")]
    review: Option<String>,
    /// Disable the throughput limits.
    #[arg(long)]
    no_throughput_limits: bool,
    /// Ignore the last digits of recipients.
    #[arg(long)]
    no_recipient_rules: bool,
    /// Refuse calls without appsecret_proof.
    #[arg(long)]
    require_appsecret_proof: bool,
    /// What to log, as in `info,meta_sim=debug`.
    #[arg(long, env = "META_SIM_LOG", default_value = "info,actix_server=warn")]
    log: EnvFilter,
    /// Log as JSON.
    #[arg(long, env = "META_SIM_LOG_JSON")]
    log_json: bool,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    start_logging(arguments.log.clone(), arguments.log_json);
    let simulator = Simulator::start(arguments.config()?).await?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for SIGINT")?,
        _ = terminate.recv() => {}
    }
    let summary = simulator.summary();
    tracing::info!(
        accepted = summary.accepted,
        repeated = summary.repeated_opaque_ids,
        "the simulated Meta is stopping"
    );
    simulator.stop().await;
    Ok(())
}

impl Arguments {
    fn config(self) -> anyhow::Result<SimConfig> {
        Ok(SimConfig {
            app_secret: self.app_secret()?,
            behaviour: self.webhook_behaviour()?,
            limits: self.limits()?,
            templates: self.templates()?,
            templates_file: self.templates_file.clone(),
            review: self.review()?,
            listen: self.listen,
            app_id: self.app_id,
            webhook_url: self.webhook_url,
            verify_token: self.verify_token,
            seed: self.seed,
            webhook_concurrency: self.webhook_concurrency,
            recipient_rules: !self.no_recipient_rules,
            require_appsecret_proof: self.require_appsecret_proof,
            keep_bodies: self.keep_bodies,
            answer_delay: DelayMs::new(self.answer_delay_min_ms, self.answer_delay_max_ms),
            ledger_file: self.ledger_file,
            http_workers: self.http_workers,
        })
    }

    fn app_secret(&self) -> anyhow::Result<String> {
        match (&self.app_secret, &self.app_secret_file) {
            (Some(secret), _) => Ok(secret.clone()),
            (None, Some(path)) => {
                let secret = std::fs::read_to_string(path).with_context(|| {
                    format!("cannot read the app secret from {}", path.display())
                })?;
                Ok(secret.trim().to_owned())
            }
            (None, None) => Ok(sample::APP_SECRET.to_owned()),
        }
    }

    fn limits(&self) -> anyhow::Result<Limits> {
        let mut limits = match &self.limits {
            Some(text) => serde_json::from_str(text).context("--limits is invalid")?,
            None => Limits::default(),
        };
        limits.throughput &= !self.no_throughput_limits;
        Ok(limits)
    }

    fn templates(&self) -> anyhow::Result<Option<Vec<Template>>> {
        let Some(path) = &self.templates_file else {
            return Ok(None);
        };
        meta_sim::read_templates(path)
            .with_context(|| format!("cannot read the templates from {}", path.display()))
    }

    fn review(&self) -> anyhow::Result<ReviewBehaviour> {
        match &self.review {
            Some(text) => serde_json::from_str(text).context("--review is invalid"),
            None => Ok(ReviewBehaviour::default()),
        }
    }

    fn webhook_behaviour(&self) -> anyhow::Result<WebhookBehaviour> {
        match &self.behaviour {
            Some(text) => serde_json::from_str(text).context("--behaviour is invalid"),
            None if self.quick => Ok(WebhookBehaviour::quick()),
            None => Ok(WebhookBehaviour::default()),
        }
    }
}

fn start_logging(filter: EnvFilter, json: bool) {
    let logs = tracing_subscriber::fmt().with_env_filter(filter);
    if json {
        logs.json().init();
    } else {
        logs.init();
    }
}
