//! The `auditor` as a program, and what it said.

use std::collections::BTreeMap;
use std::path::Path;

use testkit::TestDb;
use tokio::process::Command;

use crate::said::say;

/// What the auditor printed, and how it ended.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// Its nine lines.
    pub(crate) lines: String,
    /// Its findings.
    pub(crate) findings: String,
    pub(crate) exit_code: i32,
}

impl Judged {
    /// Asks the auditor.
    pub(crate) async fn ask(log: &Path, db: &TestDb, ledger: &[&str]) -> Self {
        let url = db.admin_url();
        let asked = Command::new(env!("CARGO_BIN_EXE_auditor"))
            .arg("--log")
            .arg(log)
            .args(ledger)
            .env("DATABASE_URL", url)
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        Self {
            lines: String::from_utf8(asked.stdout).unwrap(),
            findings: String::from_utf8(asked.stderr).unwrap(),
            exit_code: asked.status.code().unwrap(),
        }
    }

    /// The figures by their names.
    pub(crate) fn figures(&self) -> BTreeMap<&str, u64> {
        let parts = self.lines.lines().filter_map(|line| line.split_once(' '));
        parts
            .map(|(name, number)| (name, number.parse().unwrap()))
            .collect()
    }

    pub(crate) fn figure(&self, name: &str) -> u64 {
        self.figures()[name]
    }

    /// Fails unless nothing is wrong; findings are shown.
    pub(crate) fn assert_good(&self) {
        if self.exit_code != 0 {
            say(&self.findings);
        }
        assert_eq!(self.exit_code, 0, "the auditor said:\n{}", self.lines);
    }

    /// Fails unless the figure is what it must not be, and the auditor says so.
    pub(crate) fn assert_sees(&self, figure: &str) {
        assert!(
            self.figure(figure) > 0 && self.exit_code == 1,
            "the auditor is blind to {figure} (exit code {}):\n{}",
            self.exit_code,
            self.lines
        );
    }
}
