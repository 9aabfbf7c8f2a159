//! The one binary: services by name, and what an operator does by hand.

mod cli;
mod operator;
mod output;
mod services;
mod set_aside;
mod settings;

use std::process::ExitCode;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

use crate::cli::{Cli, Command};
use crate::settings::Settings;

/// The system's took a third of the sender's processor time.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    bootstrap::crypto::install_ring();
    match act(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            ExitCode::FAILURE
        }
    }
}

async fn act(cli: Cli) -> anyhow::Result<()> {
    if let Command::Openapi = cli.command {
        return output::print(&gateway::openapi());
    }
    let settings = Settings::load(cli.config.as_deref())?;
    match cli.command {
        Command::Run { services } => services::run(&settings, &services).await,
        Command::Migrate => operator::migrate(&settings).await,
        Command::Key(key) => operator::key(&settings, key).await,
        Command::SetAside(wanted) => set_aside::act(&settings, wanted.command).await,
        Command::Settings { services } => services::check(&settings, &services),
        Command::Openapi => Ok(()),
    }
}
