//! The `auditor`: joins the clients' own logs of what was promised to them, the database, and the simulated Meta's
//! ledger, and says in nine figures whether anything was lost, doubled or mixed up.
//!
//! Exit code 0: nothing. 1: a figure that must be 0 is not. 2: a book could not be read, so nothing was judged.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use e2e::audit::{DatabaseBook, LedgerBook, Promises, Verdict, verdict};
use e2e::books::{database, ledger};
use tokio_postgres::NoTls;

/// Findings that are shown on standard error.
const SHOWN: usize = 20;
const TIMEOUT: Duration = Duration::from_secs(60);
const UNREADABLE: u8 = 2;

/// Compares what clients were promised, what the database holds and what Meta accepted.
#[derive(Parser)]
#[command(name = "auditor", version, about)]
struct Arguments {
    /// A client's own log of its 202s, JSON lines; several may be named.
    #[arg(long = "log", required = true)]
    logs: Vec<PathBuf>,
    /// The database, as a role that row-level security does not bind.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// The simulator's ledger as JSON lines: what `meta-sim --ledger-file` writes.
    #[arg(
        long,
        conflicts_with = "simulator",
        required_unless_present = "simulator"
    )]
    ledger: Option<PathBuf>,
    /// The running simulator, `http://host:port`, to ask it for its ledger.
    #[arg(long)]
    simulator: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let judged = match judge(&Arguments::parse()).await {
        Ok(judged) => judged,
        Err(error) => {
            complain(format_args!(
                "nothing was judged, because a book could not be read: {error:#}"
            ));
            return ExitCode::from(UNREADABLE);
        }
    };
    for finding in judged.findings.iter().take(SHOWN) {
        complain(finding);
    }
    if let Some(more) = judged.findings.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        complain(format_args!("and {more} more findings"));
    }
    // A reader that went away does not change the exit code.
    let _ = write!(std::io::stdout(), "{}", judged.figures);
    ExitCode::from(u8::from(!judged.figures.are_good()))
}

/// Reads the ledger last but one and the database last: what is accepted meanwhile would look like a phantom, so nothing
/// may be at work.
async fn judge(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let promises = read_promises(&arguments.logs)?;
    let ledger = read_ledger(arguments).await?;
    let database = read_database(&arguments.database_url).await?;
    Ok(verdict(&promises, &database, &ledger))
}

fn read_promises(logs: &[PathBuf]) -> anyhow::Result<Promises> {
    let mut promises = Promises::default();
    for path in logs {
        let name = || path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(name)?;
        promises.read(&text).with_context(name)?;
    }
    Ok(promises)
}

async fn read_ledger(arguments: &Arguments) -> anyhow::Result<LedgerBook> {
    if let Some(base_url) = &arguments.simulator {
        // Fails only when there is a provider already, which then serves as well.
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

async fn read_database(url: &str) -> anyhow::Result<DatabaseBook> {
    let (mut client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .context("the database does not let us in")?;
    let serving = tokio::spawn(connection);
    let book = database::read(&mut client).await?;
    drop(client);
    // Its end says nothing more once all was read.
    let _ = serving.await;
    Ok(book)
}

#[expect(
    clippy::print_stderr,
    reason = "a program that is run by hand speaks to its terminal"
)]
fn complain(line: impl std::fmt::Display) {
    eprintln!("{line}");
}
