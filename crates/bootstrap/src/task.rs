//! Long-running tasks that are restarted when they fail or panic.
//!
//! The pause before a restart doubles up to 5 seconds and is reset once the task has run for a while. Only a changed
//! error is logged, not every failure.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::health::DependencyHandle;
use crate::metrics::Metrics;
use crate::shutdown::Shutdown;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A task that ran this long counts as working.
const LASTED: Duration = Duration::from_secs(5);

/// Runs `start` repeatedly until it returns `Ok` or the process stops.
///
/// The work observes the shutdown itself; it is never aborted here. `health` receives failures, and the success of a
/// task that keeps running.
pub fn supervise<F, W, E>(
    name: &'static str,
    shutdown: Shutdown,
    health: Option<DependencyHandle>,
    mut start: F,
) -> JoinHandle<()>
where
    F: FnMut() -> W + Send + 'static,
    W: Future<Output = Result<(), E>> + Send + 'static,
    E: Display + Send + 'static,
{
    tokio::spawn(async move {
        let mut pauses = pauses();
        let mut last_error = String::new();
        loop {
            let started = Instant::now();
            let Err(error) = run_once(start(), health.as_ref()).await else {
                return;
            };
            if shutdown.is_triggered() {
                tracing::info!(task = name, %error, "the task ended with an error while stopping");
                return;
            }
            if started.elapsed() >= LASTED {
                pauses = self::pauses();
                last_error.clear();
            }
            report(name, health.as_ref(), &error, &last_error);
            last_error = error;
            let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.triggered() => return,
            }
        }
    })
}

/// One run, in a task of its own so that a panic is an error like any other.
async fn run_once<E: Display + Send + 'static>(
    work: impl Future<Output = Result<(), E>> + Send + 'static,
    health: Option<&DependencyHandle>,
) -> Result<(), String> {
    let mut running = tokio::spawn(async move { work.await.map_err(|error| error.to_string()) });
    let lasted = tokio::time::sleep(LASTED);
    let ended = tokio::select! {
        ended = &mut running => ended,
        () = lasted => {
            if let Some(health) = health {
                health.ok();
            }
            running.await
        }
    };
    match ended {
        Ok(result) => result,
        Err(error) if error.is_panic() => Err("it panicked".to_owned()),
        Err(_) => Err("it was aborted".to_owned()),
    }
}

fn report(name: &'static str, health: Option<&DependencyHandle>, error: &str, last_error: &str) {
    Metrics::get()
        .task_restarts
        .with_label_values(&[name])
        .inc();
    if let Some(health) = health {
        health.missing(error);
    }
    if error != last_error {
        tracing::error!(task = name, %error, "the task failed and is restarted");
    }
}

fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .without_max_times()
        .build()
}
