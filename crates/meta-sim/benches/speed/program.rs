//! The program under test.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use meta_sim::{LedgerSummary, Stats};
use serde::Deserialize;
use serde_json::Value;

/// Linux counts processor time in hundredths of a second.
const US_PER_TICK: u64 = 10_000;
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
    /// Kept open, so that its final output has a reader.
    _said: BufReader<ChildStdout>,
    http: reqwest::Client,
}

impl Program {
    /// Starts it on a free port without limits, and waits until it prints its address.
    pub(crate) fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = Command::new(env!("CARGO_BIN_EXE_meta-sim"))
            .args(["--listen", "127.0.0.1:0", "--log-json"])
            .args(["--no-throughput-limits", "--no-recipient-rules"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("the program has no output")?;
        let mut said = BufReader::new(out);
        let lines = said.by_ref().lines().map_while(Result::ok);
        let address = lines.filter_map(|line| address(&line)).next();
        Ok(Self {
            address: address.context("the program did not print its address")?,
            child,
            _said: said,
            http: reqwest::Client::builder().build()?,
        })
    }

    /// The summary of its ledger.
    pub(crate) async fn summary(&self) -> anyhow::Result<LedgerSummary> {
        #[derive(Deserialize)]
        struct Page {
            summary: LedgerSummary,
        }
        let page: Page = self.ask("/sim/ledger?limit=0").await?.json().await?;
        Ok(page.summary)
    }

    /// Waits until every status was delivered.
    pub(crate) async fn settled(&self) -> anyhow::Result<()> {
        loop {
            let stats: Stats = self.ask("/sim/stats").await?.json().await?;
            if stats.webhook_updates_outstanding == 0 {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(crate) async fn count_lines(&self, path: &str) -> anyhow::Result<u64> {
        let mut answer = self.ask(path).await?;
        let mut lines = 0;
        while let Some(piece) = answer.chunk().await? {
            let ends = piece.iter().filter(|byte| **byte == b'\n').count();
            lines += u64::try_from(ends)?;
        }
        Ok(lines)
    }

    /// Resident memory of the program.
    pub(crate) fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kib: u64 = kib.context("/proc has no VmRSS")?.parse()?;
        Ok(kib * 1_024)
    }

    /// Processor time used by the program in microseconds; ticks have 10 ms.
    pub(crate) fn cpu_us(&self) -> anyhow::Result<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, fields) = stat
            .rsplit_once(") ")
            .context("/proc/<pid>/stat cannot be parsed")?;
        let times = fields.split_ascii_whitespace().skip(11).take(2);
        let ticks: u64 = times.map(|ticks| ticks.parse().unwrap_or(0_u64)).sum();
        Ok(ticks * US_PER_TICK)
    }

    async fn ask(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        let url = format!("http://{}{path}", self.address);
        Ok(self.http.get(url).send().await?.error_for_status()?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has already exited after a failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address(line: &str) -> Option<SocketAddr> {
    let line: Value = serde_json::from_str(line).ok()?;
    let base_url = line.get("fields")?.get("base_url")?.as_str()?;
    base_url.strip_prefix("http://")?.parse().ok()
}
