//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// WhatsApp messaging for the businesses of Im.Age Commerce.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    /// The settings file (TOML). The environment goes over it: DJIGBACHATS__DATABASE__URL is database.url.
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
