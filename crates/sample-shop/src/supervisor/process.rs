//! Keeps one process running until it is told to end.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::Wanted;
use super::program::{Program, rotate_log};
use crate::screen::Screen;

/// Its own pauses: the sample shop uses no crate of the workspace.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A process that lived this long is no longer taken for one that cannot start.
const LONG_LIFE: Duration = Duration::from_secs(10);

/// Starts a program again and again.
pub(super) struct Keeper {
    pub(super) program: Program,
    pub(super) log: PathBuf,
    pub(super) pid_file: PathBuf,
    pub(super) screen: Screen,
    pub(super) restarts: Arc<AtomicU32>,
}

impl Keeper {
    /// Returns when the process was told to end and is gone.
    pub(super) async fn keep(self, mut told: watch::Receiver<Wanted>) {
        rotate_log(&self.log);
        let mut pause = FIRST_PAUSE;
        while *told.borrow() == Wanted::Running {
            let since = Instant::now();
            let how = self.run_once(&mut told).await;
            // Nothing to remove when it could not be started.
            let _ = fs::remove_file(&self.pid_file);
            let Some(how) = how else { return };
            if since.elapsed() > LONG_LIFE {
                pause = FIRST_PAUSE;
            }
            let count = self.restarts.fetch_add(1, Ordering::Relaxed) + 1;
            self.screen.complain(format_args!(
                "{} {how}; it is started again (start number {}, log: {}).",
                self.program.name,
                count + 1,
                self.log.display()
            ));
            tokio::select! {
                () = sleep(pause) => {}
                _ = told.changed() => {}
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// Runs the process until it ends; says how unless it was told to.
    async fn run_once(&self, told: &mut watch::Receiver<Wanted>) -> Option<String> {
        let mut child = match self.program.start(&self.log) {
            Ok(child) => child,
            Err(error) => return Some(format!("could not be started ({error})")),
        };
        if let Some(pid) = child.id() {
            // Only those who want to kill it from outside miss it.
            let _ = fs::write(&self.pid_file, pid.to_string());
        }
        tokio::select! {
            ended = child.wait() => Some(match ended {
                Ok(status) => format!("ended by itself ({status})"),
                Err(error) => format!("was lost ({error})"),
            }),
            _ = told.changed() => {
                self.end(child, told).await;
                None
            }
        }
    }

    /// SIGTERM, time to finish, then SIGKILL. A nearer deadline may come meanwhile.
    async fn end(&self, mut child: Child, told: &mut watch::Receiver<Wanted>) {
        terminate(&child);
        loop {
            let deadline = match *told.borrow_and_update() {
                Wanted::Ended(deadline) => deadline,
                Wanted::Running => Instant::now(),
            };
            tokio::select! {
                ended = timeout_at(deadline, child.wait()) => {
                    if ended.is_err() {
                        self.screen.complain(format_args!("{} did not end in time and is killed.", self.program.name));
                        // It has ended meanwhile when this fails.
                        let _ = child.kill().await;
                    }
                    return;
                }
                _ = told.changed() => {}
            }
        }
    }
}

fn terminate(child: &Child) {
    let pid = child
        .id()
        .and_then(|pid| i32::try_from(pid).ok())
        .and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It has ended meanwhile when this fails; nobody else can have its pid before we have waited for it.
        let _ = kill_process(pid, Signal::TERM);
    }
}
