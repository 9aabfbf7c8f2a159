//! What every service needs to start, be watched and stop: settings, logs, health, the operations listener, shutdown.
//!
//! The only crate that reads the environment and the time. Services take a [`Context`] and their settings, and know
//! nothing of the process that they run in.

pub mod clock;
pub mod context;
pub mod crypto;
pub mod health;
pub mod http;
pub mod logs;
pub mod ops;
pub mod panics;
pub mod settings;
pub mod shutdown;
pub mod task;

mod metrics;

pub use context::Context;
