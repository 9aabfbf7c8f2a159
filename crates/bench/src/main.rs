//! Measures the product: how fast each part of it is, beside the raw limits of what it stands on, and whether anything is
//! lost on the way.

mod bare;
mod clients_file;
mod figure;
mod generator;
mod measured;
mod options;
mod report;
mod size;
mod stand;
mod usage;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser as _, ValueEnum as _};

use crate::options::Options;
use crate::report::Report;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<ExitCode> {
    let options = Options::parse();
    if let Some(document) = &options.write_report {
        report::write_document(&Report::load_all(&options.results)?, document)?;
        say(&format!("{} has the newest figures.", document.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let report = measure(&options).await?;
    say(&report::tables(std::slice::from_ref(&report)));
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
    }
    Ok(report)
}

/// Tells the person who looks on. A closed pipe is no error.
fn say(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}
