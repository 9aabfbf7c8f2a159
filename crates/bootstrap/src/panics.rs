//! Panics are defects: each is logged, redacted, with its location, and counted.

use std::panic;

use crate::metrics::Metrics;

/// Replaces the panic hook of the process. A panic in a task ends that task only; `task::supervise` restarts it.
pub fn install_hook() {
    panic::set_hook(Box::new(|info| {
        Metrics::get().panics.inc();
        let location = info
            .location()
            .map(|location| format!("{}:{}", location.file(), location.line()))
            .unwrap_or_default();
        let payload = info.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("without a message");
        tracing::error!(panic.place = %location, panic.message = %message, "panicked");
    }));
}
