//! Runs the `auditor` as a program and parses its output.

use std::collections::BTreeMap;
use std::path::Path;

use testkit::TestDb;
use tokio::process::Command;

use crate::output::print_line;

/// The output and the exit code of the auditor.
#[derive(Debug, Clone)]
pub(crate) struct AuditReport {
    /// Its nine lines.
    pub(crate) lines: String,
    /// Its findings.
    pub(crate) findings: String,
    pub(crate) exit_code: i32,
}

impl AuditReport {
    /// Runs the auditor.
    pub(crate) async fn run(log: &Path, db: &TestDb, ledger: &[&str]) -> Self {
        let url = db.admin_url();
        let output = Command::new(env!("CARGO_BIN_EXE_auditor"))
            .arg("--log")
            .arg(log)
            .args(ledger)
            .env("DATABASE_URL", url)
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        Self {
            lines: String::from_utf8(output.stdout).unwrap(),
            findings: String::from_utf8(output.stderr).unwrap(),
            exit_code: output.status.code().unwrap(),
        }
    }

    /// The figures by name.
    pub(crate) fn figures(&self) -> BTreeMap<&str, u64> {
        let parts = self.lines.lines().filter_map(|line| line.split_once(' '));
        parts
            .map(|(name, number)| (name, number.parse().unwrap()))
            .collect()
    }

    pub(crate) fn figure(&self, name: &str) -> u64 {
        self.figures()[name]
    }

    /// Fails on any violation; findings are printed.
    pub(crate) fn assert_clean(&self) {
        if self.exit_code != 0 {
            print_line(&self.findings);
        }
        assert_eq!(self.exit_code, 0, "output of the auditor:\n{}", self.lines);
    }

    /// Fails unless the auditor reports the figure and exits with 1.
    pub(crate) fn assert_detects(&self, figure: &str) {
        assert!(
            self.figure(figure) > 0 && self.exit_code == 1,
            "the auditor does not detect {figure} (exit code {}):\n{}",
            self.exit_code,
            self.lines
        );
    }
}
