//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use uuid::Uuid;

/// WhatsApp messaging for the businesses of Im.Age Commerce.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// The settings file (TOML). The environment goes over it: DJIGBACHATS__BROKER__URL is broker.url.
    #[arg(long, global = true, env = "DJIGBACHATS_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Runs services until SIGTERM; work under way is finished first.
    Run {
        /// One or several of them, or all.
        #[arg(required = true)]
        services: Vec<Service>,
    },
    /// Brings the database to this version; harmless when it is.
    Migrate,
    /// Keys to the API.
    Key(Key),
    /// Checks that the settings of services are complete, and ends.
    Settings {
        /// One or several of them, or all.
        #[arg(required = true)]
        services: Vec<Service>,
    },
    /// What no consumer could handle: jobs that failed too often, and words that could not be decoded.
    SetAside(SetAside),
    /// Prints the API's OpenAPI document.
    Openapi,
}

/// Keys to the API.
#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    pub(crate) command: KeyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Makes a key and prints it once; only its hash is kept.
    Create {
        /// A key of the platform: it creates businesses and mints their keys. Keys of businesses are made by the API.
        #[arg(long, required = true)]
        platform: bool,
        /// What the key is for.
        #[arg(long, default_value = "platform")]
        name: String,
    },
}

/// What was set aside in the broker.
#[derive(Debug, Args)]
pub(crate) struct SetAside {
    #[command(subcommand)]
    pub(crate) command: SetAsideCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SetAsideCommand {
    /// Lists it, the oldest first: a line each, with its id, where it came from and why it is there.
    List {
        /// The most of each kind.
        #[arg(long, default_value_t = 1_000)]
        most: usize,
    },
    /// Shows one of them: what it says, as far as that is not sealed.
    Show {
        /// Its id, from the list.
        id: Uuid,
    },
    /// Puts some of them, or all, back into the queues that they came from. A copy does no harm.
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
    /// The API of Im.Age Commerce, and the projection of Meta's word.
    Gateway,
    /// Templates.
    TemplateSync,
    /// Claims and posts messages.
    Sender,
    /// Takes Meta's webhooks.
    WebhookIngest,
    /// Partitions and retention.
    RetentionJanitor,
    /// Every one of them.
    All,
}

impl Service {
    /// The services that are meant, each once.
    pub(crate) fn expand(named: &[Self]) -> Vec<Self> {
        let each = [
            Self::Gateway,
            Self::TemplateSync,
            Self::Sender,
            Self::WebhookIngest,
            Self::RetentionJanitor,
        ];
        let meant = |service: &Self| named.contains(service) || named.contains(&Self::All);
        each.into_iter().filter(meant).collect()
    }
}
