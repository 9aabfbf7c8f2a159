//! The runtime of every service: settings, logs, health, metrics, the operations listener, supervised tasks, worker
//! loops, retries, shutdown.
//!
//! The only crate that reads the environment and the time. Services get a [`Context`] and their settings, and do not
//! depend on the process that they run in.

pub mod clock;
pub mod context;
pub mod crypto;
pub mod health;
pub mod health_check;
pub mod http;
pub mod logs;
pub mod ops;
pub mod panics;
pub mod register;
pub mod retry;
pub mod service;
pub mod settings;
pub mod shutdown;
pub mod task;
pub mod worker_loop;

mod metrics;

pub use context::Context;
