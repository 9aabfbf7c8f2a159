//! Logs: one line per event, as JSON or as text, with everything that could name a person or open a door masked.
//!
//! Two walls: dependencies that print what crosses the wire never log below `info`, whatever is asked for; and every
//! message and field value passes [`redact`] before it is written. Line ends and control characters are escaped, so one
//! event is always one line.

mod layer;
mod redaction;
mod settings;
#[cfg(test)]
mod tests;

use std::io;

use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

pub use layer::{LineWriter, LogLayer};
pub use redaction::redact;
pub use settings::{Format, Level, LogSettings};

/// Sends the process's logs to its standard output.
///
/// # Errors
/// When logs were set up before.
pub fn init(settings: &LogSettings) -> Result<(), TryInitError> {
    let layer = LogLayer::new(settings.format, Box::new(io::stdout()));
    Registry::default()
        .with(layer.filtered(settings))
        .try_init()
}
