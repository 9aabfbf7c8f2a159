//! The logs of the services: one file per service, across restarts. They are shown and kept when the test fails.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Service;

/// Log levels that are not shown after a failure.
const QUIET: [&str; 3] = ["info", "debug", "trace"];
/// Lines of each log shown when a test fails.
const SHOWN: usize = 25;

/// The folder of the logs.
pub(super) struct Logs(TempDir);

impl Logs {
    pub(super) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("djigbachats-").tempdir();
        Self(folder.expect("a temporary folder can be made"))
    }

    /// Opens the log of a service for writing.
    pub(super) fn open(&self, service: Service) -> File {
        let path = path(self.0.path(), service);
        let log = OpenOptions::new().append(true).create(true).open(path);
        log.expect("the log can be written")
    }

    /// Everything that a service has logged.
    pub(super) fn read(&self, service: Service) -> Vec<u8> {
        std::fs::read(path(self.0.path(), service)).expect("a service that was started has a log")
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.disable_cleanup(true);
            show(self.0.path());
        }
    }
}

/// Prints the last warnings and errors of each service, and the path of the full log.
#[expect(
    clippy::print_stderr,
    reason = "a failing test prints the warnings of the services"
)]
fn show(folder: &Path) {
    for service in Service::ALL {
        let Ok(text) = std::fs::read_to_string(path(folder, service)) else {
            continue;
        };
        let lines: Vec<&str> = text.lines().filter(|line| is_warning(line)).collect();
        eprintln!(
            "--- {}: {} warnings and errors",
            service.name(),
            lines.len()
        );
        for line in lines.iter().skip(lines.len().saturating_sub(SHOWN)) {
            eprintln!("{line}");
        }
    }
    eprintln!("--- all logs: {}", folder.display());
}

fn is_warning(line: &str) -> bool {
    let has = |level: &&str| line.contains(&format!("\"level\":\"{level}\""));
    !QUIET.iter().any(has)
}

fn path(folder: &Path, service: Service) -> PathBuf {
    folder.join(format!("{}.log", service.name()))
}
