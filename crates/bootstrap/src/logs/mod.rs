//! Logs: one line per event, as JSON or as text, with all personal data and secrets masked.
//!
//! Two safeguards: dependencies that print network traffic never log below `info`, whatever the settings; and every
//! message and field value is redacted by [`redact`] before it is written. Line ends and control characters are
//! escaped, so one event is always one line.

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

/// Writes the process's logs to its standard output.
///
/// # Errors
/// When logs were set up before.
pub fn init(settings: &LogSettings) -> Result<(), TryInitError> {
    let layer = LogLayer::new(settings.format, Box::new(io::stdout()));
    Registry::default()
        .with(layer.filtered(settings))
        .try_init()
}
