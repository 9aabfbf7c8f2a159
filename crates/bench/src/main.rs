//! Measures the product: the rate of each component, compared with the baselines of the machine, and whether anything is
//! lost.

mod baseline;
mod campaigns;
mod clients_file;
mod fixture;
mod generator;
mod measured;
mod options;
mod preload;
mod report;
mod scenario;
mod size;
mod usage;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser as _, ValueEnum as _};
use tikv_jemallocator::Jemalloc;
use tokio::signal::unix::{SignalKind, signal};

use crate::options::Options;
use crate::report::Report;

/// The allocator of the product: the generator and the simulated Meta share its processors.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if let Some(document) = &options.write_report {
        report::write_document(&Report::load_all(&options.results)?, document)?;
        print_line(&format!(
            "{} has the newest measurements.",
            document.display()
        ));
        return Ok(ExitCode::SUCCESS);
    }
    // Also drops the fixture of a scenario when the run is interrupted: a database may have 30 GB.
    tokio::select! {
        report = measure(&options) => publish(&report?, &options),
        () = interrupted() => {
            print_line("Interrupted before all scenarios were measured.");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn publish(report: &Report, options: &Options) -> Result<ExitCode> {
    print_line(&report::tables(std::slice::from_ref(report)));
    let file = report.save(&options.results)?;
    print_line(&format!("Results: {}.", file.display()));
    let mut code = ExitCode::SUCCESS;
    for (measurement, failures) in report.failures() {
        print_line(&format!("FAILED: {measurement}: {failures}"));
        code = ExitCode::FAILURE;
    }
    Ok(code)
}

async fn measure(options: &Options) -> Result<Report> {
    let size = options.size();
    let mut report = Report::begin(options.commit.clone(), size).await?;
    for scenario in options.scenarios() {
        let name = scenario.to_possible_value();
        let name = name.as_ref().map_or("?", |value| value.get_name());
        print_line(&format!("Measuring {name}."));
        let measured = scenario.measure(&size).await?;
        if measured.is_empty() {
            print_line(&format!("SKIPPED: {name}: the gateway lacks the call."));
        }
        report.measurements.extend(measured);
        // Saved after each scenario: the next one may take long, or fail.
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

/// Prints to standard output; a closed pipe is no error.
fn print_line(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}
