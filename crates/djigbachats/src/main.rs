//! The program: the services, and the operator's commands.

mod cli;
mod dead_letters;
mod operator;
mod output;
mod services;
mod settings;

use std::process::ExitCode;

use broker::DeadLetterKind;
use clap::Parser;
use tikv_jemallocator::Jemalloc;

use crate::cli::{Cli, Command};
use crate::settings::Settings;

/// With the system's allocator, a third of the sender's processor time was spent in it.
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
    match cli.command {
        Command::Openapi => return output::print(&gateway::openapi()),
        Command::Events => return output::print(&gateway::event_catalogue()),
        _ => {}
    }
    let settings = Settings::load(cli.config.as_deref())?;
    match cli.command {
        Command::Run { services } => services::run(&settings, &services).await,
        Command::Migrate => operator::migrate(&settings).await,
        Command::Key(key) => operator::key(&settings, key).await,
        Command::DeadLetter(wanted) => {
            dead_letters::run(&settings, DeadLetterKind::Dead, wanted.command).await
        }
        Command::Quarantine(wanted) => {
            dead_letters::run(&settings, DeadLetterKind::Quarantine, wanted.command).await
        }
        Command::Settings { services } => services::check(&settings, &services),
        Command::Openapi | Command::Events => Ok(()),
    }
}
