//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};

use crate::figure::Figure;
use crate::size::Size;

/// Measures the product, and beside each figure the bare parts of the machine.
///
/// Postgres and RabbitMQ are named by the environment as for the tests; scripts/bench sets all of it up.
#[derive(Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Options {
    /// What to measure; everything when nothing is named.
    #[arg(value_enum)]
    figures: Vec<Figure>,
    /// Small counts, to see that nothing is lost; the times say nothing.
    #[arg(long)]
    short: bool,
    /// How long each whole life is measured (life, senders, growth), in seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Growth beside this many stored messages alone; such a run does not get into the document.
    #[arg(long)]
    stored: Option<u64>,
    /// The version of the source, as git names it.
    #[arg(long, default_value = "unknown")]
    pub(crate) commit: String,
    /// Where results are kept.
    #[arg(long, default_value = ".local/bench")]
    pub(crate) results: PathBuf,
    /// Measures nothing: writes the newest full measurements of a release build into this document.
    #[arg(long, value_name = "DOCUMENT")]
    pub(crate) write_report: Option<PathBuf>,
}

impl Options {
    pub(crate) fn figures(&self) -> &[Figure] {
        if self.figures.is_empty() {
            Figure::value_variants()
        } else {
            &self.figures
        }
    }

    pub(crate) fn size(&self) -> Size {
        let mut size = if self.short { Size::SHORT } else { Size::FULL };
        if let Some(seconds) = self.seconds {
            size = size.with_life(Duration::from_secs(seconds));
        }
        if let Some(messages) = self.stored {
            size.stored = [0, 0, messages];
        }
        size
    }
}
