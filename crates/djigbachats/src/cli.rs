//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

/// WhatsApp messaging for the businesses of Im.Age Commerce.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// The settings file (TOML). Environment variables override it: DJIGBACHATS__BROKER__URL is broker.url.
    #[arg(long, global = true, env = "DJIGBACHATS_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs services until SIGTERM, and finishes the work in progress.
    Run {
        /// One or more services, or all.
        #[arg(required = true)]
        services: Vec<Service>,
    },
    /// Applies pending migrations; does nothing when there are none.
    Migrate,
    /// API keys.
    Key(Key),
    /// Checks the settings of services, and exits.
    Settings {
        /// One or more services, or all.
        #[arg(required = true)]
        services: Vec<Service>,
    },
    /// Jobs that were delivered 20 times without an ack. Nothing is lost: Postgres publishes their messages again.
    DeadLetter(DeadLetter),
    /// Messages that could not be decoded or applied. They may be the only copy of an update from Meta.
    Quarantine(DeadLetter),
    /// Prints the API's OpenAPI document.
    Openapi,
    /// Prints the page of the event feed's types (docs/events.md).
    Events,
}

/// API keys.
#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Creates a key and prints it once; only its hash is stored.
    Create {
        /// A platform key: it creates businesses and their keys. Keys of businesses are created through the API.
        #[arg(long, required = true)]
        platform: bool,
        /// What the key is for.
        #[arg(long, default_value = "platform")]
        name: String,
    },
}

/// Messages that no consumer handles any more.
#[derive(Debug, Args)]
pub(crate) struct DeadLetter {
    #[command(subcommand)]
    pub(crate) command: DeadLetterCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadLetterCommand {
    /// Lists them, the oldest first: one line each, with id, original queue and reason.
    List {
        /// The maximum number of them.
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// Shows the content of one, except what is sealed.
    Show {
        /// Its id, from the list.
        id: Uuid,
    },
    /// Publishes some of them, or all, to their original queues. A duplicate does no harm.
    Replay {
        /// Their ids, from the list.
        #[arg(required_unless_present = "all")]
        ids: Vec<Uuid>,
        /// All of them.
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    /// The API, and the projector of updates from Meta.
    Gateway,
    /// Syncs templates with Meta.
    TemplateSync,
    /// Sends messages.
    Sender,
    /// Receives Meta's webhooks.
    WebhookIngest,
    /// Partitions and retention.
    RetentionJanitor,
    /// All services.
    All,
}

impl Service {
    /// The services that are named, each once.
    pub(crate) fn expand(named: &[Self]) -> Vec<Self> {
        let each = [
            Self::Gateway,
            Self::TemplateSync,
            Self::Sender,
            Self::WebhookIngest,
            Self::RetentionJanitor,
        ];
        let is_named = |service: &Self| named.contains(service) || named.contains(&Self::All);
        each.into_iter().filter(is_named).collect()
    }
}
