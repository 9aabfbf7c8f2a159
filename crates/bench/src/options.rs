//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};

use crate::scenario::Scenario;
use crate::size::Size;

/// Measures the product, and for each scenario the baselines of the machine.
///
/// The environment names Postgres and RabbitMQ, as for the tests; scripts/bench sets all of it up.
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Options {
    /// The scenarios to measure; all when none is named.
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// Small counts, to check that nothing is lost; the times mean nothing.
    #[arg(long)]
    short: bool,
    /// Duration of each end-to-end measurement (end_to_end, senders, growth), in seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Measures growth with this many preloaded messages only; such a run is excluded from the document.
    #[arg(long)]
    preload: Option<u64>,
    /// The version of the source, as git names it.
    #[arg(long, default_value = "unknown")]
    pub(crate) commit: String,
    /// The folder of the results.
    #[arg(long, default_value = ".local/bench")]
    pub(crate) results: PathBuf,
    /// Measures nothing: writes the newest full measurements of a release build into this document.
    #[arg(long, value_name = "DOCUMENT")]
    pub(crate) write_report: Option<PathBuf>,
}

impl Options {
    pub(crate) fn scenarios(&self) -> &[Scenario] {
        if self.scenarios.is_empty() {
            Scenario::value_variants()
        } else {
            &self.scenarios
        }
    }

    pub(crate) fn size(&self) -> Size {
        let mut size = if self.short { Size::SHORT } else { Size::FULL };
        if let Some(seconds) = self.seconds {
            size = size.with_end_to_end(Duration::from_secs(seconds));
        }
        if let Some(messages) = self.preload {
            size.preload = [0, 0, messages];
        }
        size
    }
}
