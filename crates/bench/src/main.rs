//! Measures the product: how fast each part of it is, beside the raw limits of what it stands on, and whether anything is
//! lost on the way.

mod bare;
mod campaigns;
mod clients_file;
mod figure;
mod generator;
mod measured;
mod options;
mod report;
mod size;
mod stand;
mod stored;
mod usage;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser as _, ValueEnum as _};
use tikv_jemallocator::Jemalloc;
use tokio::signal::unix::{SignalKind, signal};

use crate::options::Options;
use crate::report::Report;

/// As in the product, whose processors the generator and the simulated Meta share.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if let Some(document) = &options.write_report {
        report::write_document(&Report::load_all(&options.results)?, document)?;
        say(&format!("{} has the newest figures.", document.display()));
        return Ok(ExitCode::SUCCESS);
    }
    // What a figure is measured on goes with it, also when a person ends the run: a database may have 30 GB.
    tokio::select! {
        report = measure(&options) => tell(&report?, &options),
        () = interrupted() => {
            say("Ended before all was measured.");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn tell(report: &Report, options: &Options) -> Result<ExitCode> {
    say(&report::tables(std::slice::from_ref(report)));
    let file = report.save(&options.results)?;
    say(&format!("Kept in {}.", file.display()));
    let mut code = ExitCode::SUCCESS;
    for (figure, wrong) in report.wrong() {
        say(&format!("WRONG: {figure}: {wrong}"));
        code = ExitCode::FAILURE;
    }
    Ok(code)
}

async fn measure(options: &Options) -> Result<Report> {
    let size = options.size();
    let mut report = Report::begin(options.commit.clone(), size).await?;
    for figure in options.figures() {
        let name = figure.to_possible_value();
        let name = name.as_ref().map_or("?", |value| value.get_name());
        say(&format!("Measuring {name}."));
        let measured = figure.measure(&size).await?;
        if measured.is_empty() {
            say(&format!("SKIPPED: {name}: the gateway has no such call."));
        }
        report.figures.extend(measured);
        // Each as soon as it is there: the next one may take long, or fail.
        report.save(&options.results)?;
    }
    Ok(report)
}

/// SIGINT or SIGTERM.
async fn interrupted() {
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}

/// Tells the person who looks on. A closed pipe is no error.
fn say(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}
