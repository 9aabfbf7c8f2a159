//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// A shop in Ouagadougou: starts the services and Meta's simulator, sends a campaign to its clients through the public
/// API, and shows what became of every row of its file.
#[derive(Parser)]
#[command(name = "sample-shop", version, about)]
pub(crate) struct Options {
    /// End after the closing table; without it everything stays up until Ctrl-C.
    #[arg(long)]
    pub(crate) once: bool,
    /// Where the programs djigbachats and meta-sim are.
    #[arg(long, value_name = "DIR", default_value = "target/debug")]
    pub(crate) bin_dir: PathBuf,
    /// Postgres, as a role that may create roles and tables; the database exists.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: String,
    /// RabbitMQ.
    #[arg(long, value_name = "URL", env = "AMQP_URL", hide_env_values = true)]
    pub(crate) amqp_url: String,
    /// Where secrets, ports, keys and logs are kept between two starts.
    #[arg(long, value_name = "DIR", default_value = ".local/run")]
    pub(crate) state_dir: PathBuf,
    /// The clients: a CSV file with the columns Prénom and Code fidélité.
    #[arg(long, value_name = "FILE", default_value = "docs/examples/clients.csv")]
    pub(crate) clients: PathBuf,
}
