//! The `auditor`: joins the clients' own logs of acknowledged calls, the database, and the simulated Meta's ledger, and
//! prints nine figures that show whether anything was lost, duplicated or mixed up.
//!
//! Exit code 0: no violation. 1: a figure that must be 0 is not. 2: a source could not be read, so nothing was audited.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use e2e::audit::{self, Acknowledged, DatabaseRecords, LedgerRecords, Verdict};
use e2e::sources::{database, ledger};
use tokio_postgres::NoTls;

/// Maximum number of findings printed to standard error.
const SHOWN: usize = 20;
const TIMEOUT: Duration = Duration::from_secs(60);
const UNREADABLE: u8 = 2;

/// Compares what clients were acknowledged, what the database holds and what Meta accepted.
#[derive(Parser)]
#[command(name = "auditor", version, about)]
struct Arguments {
    /// A client's own log of its 202s, JSON lines; may be repeated.
    #[arg(long = "log", required = true)]
    logs: Vec<PathBuf>,
    /// The database, under a role that bypasses row-level security.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The simulator's ledger as JSON lines: what `meta-sim --ledger-file` writes.
    #[arg(
        long,
        conflicts_with = "simulator",
        required_unless_present = "simulator"
    )]
    ledger: Option<PathBuf>,
    /// The running simulator, `http://host:port`, whose ledger is read over HTTP.
    #[arg(long)]
    simulator: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let verdict = match run_audit(&Arguments::parse()).await {
        Ok(verdict) => verdict,
        Err(error) => {
            print_error(format_args!(
                "nothing was audited, because a source could not be read: {error:#}"
            ));
            return ExitCode::from(UNREADABLE);
        }
    };
    for finding in verdict.findings.iter().take(SHOWN) {
        print_error(finding);
    }
    if let Some(more) = verdict.findings.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        print_error(format_args!("and {more} more findings"));
    }
    // A closed standard output does not change the exit code.
    let _ = write!(std::io::stdout(), "{}", verdict.figures);
    ExitCode::from(u8::from(!verdict.figures.is_clean()))
}

/// Reads the ledger before the database: a message accepted in between would look like a phantom, so the system must be
/// idle.
async fn run_audit(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let acknowledged = read_acknowledged(&arguments.logs)?;
    let ledger = read_ledger(arguments).await?;
    let database = read_database(&arguments.database_url).await?;
    Ok(audit::verdict(&acknowledged, &database, &ledger))
}

fn read_acknowledged(logs: &[PathBuf]) -> anyhow::Result<Acknowledged> {
    let mut acknowledged = Acknowledged::default();
    for path in logs {
        let name = || path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(name)?;
        acknowledged.read(&text).with_context(name)?;
    }
    Ok(acknowledged)
}

async fn read_ledger(arguments: &Arguments) -> anyhow::Result<LedgerRecords> {
    if let Some(base_url) = &arguments.simulator {
        // Fails only when a provider is already installed, which is used then.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .no_proxy()
            .build()?;
        return Ok(ledger::from_simulator(&http, base_url.trim_end_matches('/')).await?);
    }
    let path = arguments.ledger.as_deref().context("no ledger is named")?;
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(name)?;
    ledger::from_lines(&text).with_context(name)
}

async fn read_database(url: &str) -> anyhow::Result<DatabaseRecords> {
    let (mut client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("the database rejected the connection")?;
    let serving = tokio::spawn(connection);
    let records = database::read(&mut client).await?;
    drop(client);
    // An error of the connection after the last read is irrelevant.
    let _ = serving.await;
    Ok(records)
}

#[expect(
    clippy::print_stderr,
    reason = "a command-line program prints to its terminal"
)]
fn print_error(line: impl std::fmt::Display) {
    eprintln!("{line}");
}
