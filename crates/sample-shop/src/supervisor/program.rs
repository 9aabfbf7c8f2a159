//! What is run: an executable with its arguments, and the wrapper that ties its life to ours.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};

/// A program and how to start it.
pub(crate) struct Program {
    /// By what people know it; its log and its pid file are called so.
    pub(crate) name: &'static str,
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// On top of our own environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Answers 200 when the program can do its work; not used of one that runs to its end.
    pub(crate) ready_url: String,
}

impl Program {
    /// The program as a command that dies with this process, with no input and with its errors in the log.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(super) fn command(&self, log: &Path) -> io::Result<Command> {
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "TERM", "--"])
            .arg(&self.executable)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            // Ctrl-C is for us alone: a service that gets a second signal does not finish its work.
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(open_log(log)?)
            .kill_on_drop(true);
        Ok(command)
    }

    /// Starts it, with its output in the log.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(&self, log: &Path) -> io::Result<Child> {
        self.command(log)?.stdout(open_log(log)?).spawn()
    }
}

/// Keeps the log of the start before this one, and only that.
pub(super) fn rotate_log(log: &Path) {
    // When there is none, there is nothing to keep; a log that cannot be moved is written on.
    let _ = fs::rename(log, log.with_extension("previous.log"));
}

fn open_log(log: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(log)
}
