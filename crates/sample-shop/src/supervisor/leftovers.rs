//! Processes that a killed start left behind. The kernel told them to end, and they may still be finishing their work; a
//! second SIGTERM would cut that short.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::{DRAIN, SERVICES, SIMULATOR};
use crate::screen::Screen;
use crate::state_dir::StateDir;

const PAUSE: Duration = Duration::from_millis(100);

/// Waits until none of them runs; kills them when their time is over.
pub(super) async fn end(state: &StateDir, screen: &Screen) {
    let deadline = Instant::now() + DRAIN;
    for name in SERVICES.into_iter().chain([SIMULATOR]) {
        let Some(pid) = running(state, name) else {
            continue;
        };
        screen.say(format_args!(
            "An earlier {name} still runs (process {}): waiting for its end.",
            pid.as_raw_nonzero()
        ));
        while running(state, name) == Some(pid) && Instant::now() < deadline {
            sleep(PAUSE).await;
        }
        if running(state, name) == Some(pid) {
            screen.complain(format_args!("It did not end in time and is killed."));
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// The pid in the file, if it is still that of a process of this sandbox: its command line names a file of it.
fn running(state: &StateDir, name: &str) -> Option<Pid> {
    let pid: i32 = fs::read_to_string(state.pid(name))
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let command_line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let ours = format!("{}/", state.root().display());
    String::from_utf8_lossy(&command_line)
        .contains(&ours)
        .then(|| Pid::from_raw(pid))
        .flatten()
}
