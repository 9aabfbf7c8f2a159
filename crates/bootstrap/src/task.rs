//! Long-running tasks that are restarted when they fail or panic.
//!
//! The pause before a restart doubles up to 5 seconds and is reset once the task has run for a while. Only a changed
//! error is logged, not every failure.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::health::DependencyHandle;
use crate::metrics::Metrics;
use crate::retry;
use crate::shutdown::Shutdown;

/// A task that ran this long counts as working.
const LASTED: Duration = Duration::from_secs(5);

/// How a task ends: a task that cannot fail returns nothing.
pub trait Outcome: Send + 'static {
    /// The failure, after which the task is started again.
    fn failure(self) -> Option<String>;
}

impl Outcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: Display + Send + 'static> Outcome for Result<(), E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| error.to_string())
    }
}

/// Runs `start` repeatedly until its work ends without a failure or the process stops.
///
/// The work observes the shutdown itself; it is never aborted here. `health` receives failures, and the success of a
/// task that keeps running.
pub fn supervise<F, W>(
    name: &'static str,
    shutdown: Shutdown,
    health: Option<DependencyHandle>,
    mut start: F,
) -> JoinHandle<()>
where
    F: FnMut() -> W + Send + 'static,
    W: Future<Output: Outcome> + Send + 'static,
{
    tokio::spawn(async move {
        let mut pauses = retry::pauses();
        let mut last_error = String::new();
        loop {
            let started = Instant::now();
            let Err(error) = run_once(start(), health.as_ref()).await else {
                if !shutdown.is_triggered() {
                    tracing::error!(
                        task = name,
                        "the task ended before the process was asked to stop"
                    );
                }
                return;
            };
            if shutdown.is_triggered() {
                tracing::info!(task = name, %error, "the task ended with an error while stopping");
                return;
            }
            if started.elapsed() >= LASTED {
                pauses = retry::pauses();
                last_error.clear();
            }
            report(name, health.as_ref(), &error, &last_error);
            last_error = error;
            let pause = pauses.next().unwrap_or(retry::LONGEST_PAUSE);
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = shutdown.triggered() => return,
            }
        }
    })
}

/// One run, in a task of its own so that a panic is an error like any other.
async fn run_once(
    work: impl Future<Output: Outcome> + Send + 'static,
    health: Option<&DependencyHandle>,
) -> Result<(), String> {
    let mut running = tokio::spawn(async move { work.await.failure() });
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
        Ok(failure) => failure.map_or(Ok(()), Err),
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
