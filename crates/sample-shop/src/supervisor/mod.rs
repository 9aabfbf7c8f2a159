//! Keeps the five services and the simulated Meta running: starts them, waits until they are ready, restarts what dies,
//! and ends them so that each can finish what it holds.
//!
//! No process outlives this one, even when it is killed: `setpriv` has the kernel send SIGTERM to each of them then. That
//! signal follows the end of the thread that started them, which is why this program has one thread only.

mod command;
mod leftovers;
mod process;
mod program;
mod readiness;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::failure::Failure;
use crate::screen::Screen;
use crate::state_dir::StateDir;

pub(crate) use command::run_to_end;
pub(crate) use program::Program;

/// The services, by the names that `djigbachats run` takes.
pub(crate) const SERVICES: [&str; 5] = [
    "gateway",
    "sender",
    "webhook-ingest",
    "template-sync",
    "retention-janitor",
];
/// The simulated Meta.
pub(crate) const SIMULATOR: &str = "meta-sim";

/// Who ends when: first what sends, then Meta, then what listens to Meta, at last what applies its word.
const STOP_ORDER: [&[&str]; 4] = [
    &["sender", "template-sync", "retention-janitor"],
    &[SIMULATOR],
    &["webhook-ingest"],
    &["gateway"],
];
/// How long a process may take to finish what it holds.
const DRAIN: Duration = Duration::from_secs(30);
/// How long all of them together may take: what started this program waits a minute.
const DRAIN_ALL: Duration = Duration::from_secs(50);

/// What a process is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Running,
    /// Ended by itself until then, killed after it.
    Ended(Instant),
}

/// The running processes.
pub(crate) struct Supervisor {
    state: Arc<StateDir>,
    screen: Screen,
    kept: Vec<Kept>,
}

/// A process that is kept running.
struct Kept {
    name: &'static str,
    ready_url: String,
    wanted: watch::Sender<Wanted>,
    restarts: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Ends what a killed start left behind, which would hold the ports.
    pub(crate) async fn new(state: Arc<StateDir>, screen: Screen) -> Self {
        leftovers::end(&state, &screen).await;
        Self {
            state,
            screen,
            kept: Vec::new(),
        }
    }

    /// Keeps a program running from now on.
    pub(crate) fn start(&mut self, program: Program) {
        let (wanted, told) = watch::channel(Wanted::Running);
        let restarts = Arc::new(AtomicU32::new(0));
        let (name, ready_url) = (program.name, program.ready_url.clone());
        let keeper = process::Keeper {
            log: self.state.log(name),
            pid_file: self.state.pid(name),
            screen: self.screen.clone(),
            restarts: Arc::clone(&restarts),
            program,
        };
        let task = tokio::spawn(keeper.keep(told));
        self.kept.push(Kept {
            name,
            ready_url,
            wanted,
            restarts,
            task,
        });
    }

    /// Waits until all of them can do their work.
    ///
    /// # Errors
    /// When one of them does not come up, with its log.
    pub(crate) async fn await_ready(&self, http: &reqwest::Client) -> Result<(), Failure> {
        let since = Instant::now();
        for kept in &self.kept {
            readiness::wait(kept, since, http, &self.state, &self.screen).await?;
        }
        Ok(())
    }

    /// Whether nothing was started.
    pub(crate) const fn is_idle(&self) -> bool {
        self.kept.is_empty()
    }

    /// How often processes were started again.
    pub(crate) fn restarts(&self) -> u32 {
        self.kept
            .iter()
            .map(|kept| kept.restarts.load(Ordering::Relaxed))
            .sum()
    }

    /// Ends all of them, those that others depend on last. Cancelled half way, [`kill`](Self::kill) does the rest.
    pub(crate) async fn stop(&mut self) {
        let deadline = Instant::now() + DRAIN_ALL;
        for names in STOP_ORDER {
            self.end(names, deadline.min(Instant::now() + DRAIN)).await;
        }
    }

    /// Ends all of them at once.
    pub(crate) async fn kill(&mut self) {
        self.end(&STOP_ORDER.concat(), Instant::now()).await;
    }

    async fn end(&mut self, names: &[&str], deadline: Instant) {
        for kept in self.kept.iter().filter(|kept| names.contains(&kept.name)) {
            kept.wanted.send_replace(Wanted::Ended(deadline));
        }
        for kept in self
            .kept
            .iter_mut()
            .filter(|kept| names.contains(&kept.name))
        {
            if !kept.task.is_finished() {
                // A keeper does not panic; if one did, its process dies with us.
                let _ = (&mut kept.task).await;
            }
        }
    }
}
