//! The runtime of every service: settings, logs, health, the operations listener, shutdown.
//!
//! The only crate that reads the environment and the time. Services get a [`Context`] and their settings, and do not
//! depend on the process that they run in.

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
