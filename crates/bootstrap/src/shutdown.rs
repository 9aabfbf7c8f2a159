//! The end of a process: SIGTERM or SIGINT requests it, work in flight gets 30 seconds, a second signal ends it at
//! once.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The time limit for work in flight after the first signal.
pub const DRAIN: Duration = Duration::from_secs(30);

/// The exit code after a second signal.
const IMPATIENT: i32 = 130;

/// Signals the tasks of a process to stop. Cloning is cheap; all clones stop together.
#[derive(Debug, Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    /// A shutdown that is started by [`trigger`](Self::trigger) only.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A shutdown that is started by SIGTERM and SIGINT. Needs a tokio runtime.
    ///
    /// # Errors
    /// When the signal handlers cannot be installed.
    pub fn on_signals() -> io::Result<Self> {
        let shutdown = Self::new();
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(watch(terminate, interrupt, shutdown.clone()));
        Ok(shutdown)
    }

    /// A token that is cancelled when the process has to stop.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.0.clone()
    }

    /// Asks all tasks to stop.
    pub fn trigger(&self) {
        self.0.cancel();
    }

    /// Whether the tasks have been asked to stop.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until the tasks are asked to stop.
    pub async fn triggered(&self) {
        self.0.cancelled().await;
    }

    /// Runs work that observes the shutdown itself; `None` when it has not ended within [`DRAIN`] of the shutdown.
    pub async fn run_until_shutdown<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let deadline = async {
            self.triggered().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            biased;
            output = work => Some(output),
            () = deadline => None,
        }
    }
}

async fn watch(mut terminate: Signal, mut interrupt: Signal, shutdown: Shutdown) {
    let first = next_signal(&mut terminate, &mut interrupt).await;
    tracing::info!(
        signal = first,
        drain_seconds = DRAIN.as_secs(),
        "stopping; work in flight is finished"
    );
    shutdown.trigger();
    let second = next_signal(&mut terminate, &mut interrupt).await;
    tracing::warn!(signal = second, "stopping at once");
    exit_at_once();
}

async fn next_signal(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a second signal asks for exactly this: no destructors"
)]
fn exit_at_once() -> ! {
    std::process::exit(IMPATIENT)
}
