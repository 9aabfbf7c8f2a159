//! The program: its settings, its ledger after a kill, its exit.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use meta_sim::sample;
use serde_json::Value;

use crate::fixture::{messages_path, receipt};

struct Program {
    child: Child,
    base_url: String,
}

impl Program {
    /// Starts it on a free port and waits until it prints its address.
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_meta-sim"))
            .args(["--listen", "127.0.0.1:0", "--log-json"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let base_url = lines.map(Result::unwrap).find_map(|line| {
            let line: Value = serde_json::from_str(&line).unwrap();
            line["fields"]["base_url"].as_str().map(str::to_owned)
        });
        Self {
            child,
            base_url: base_url.unwrap(),
        }
    }

    async fn send(&self, opaque: &str) -> u16 {
        let url = format!("{}{}", self.base_url, messages_path());
        let request = reqwest::Client::builder().build().unwrap().post(url);
        let request = request
            .bearer_auth(sample::TOKEN)
            .json(&receipt("+22670000001", opaque));
        request.send().await.unwrap().status().as_u16()
    }

    async fn accepted(&self) -> u64 {
        let client = reqwest::Client::builder().build().unwrap();
        let response = client
            .get(format!("{}/sim/ledger", self.base_url))
            .send()
            .await
            .unwrap();
        let ledger: Value = response.json().await.unwrap();
        ledger["summary"]["accepted"].as_u64().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Already exited on success.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn the_ledger_survives_a_kill() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    let arguments = ["--ledger-file", file.to_str().unwrap()];
    let mut program = Program::start(&arguments);
    for opaque in ["a", "b", "c"] {
        assert_eq!(program.send(opaque).await, 200);
    }
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    let program = Program::start(&arguments);
    assert_eq!(program.accepted().await, 3);
}

#[test]
fn invalid_settings_are_explained() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_meta-sim"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&["--behaviour", "{\"doubled\": 1}"]).contains("unknown field `doubled`"));
    assert!(run(&["--app-secret-file", "/nowhere/secret"]).contains("/nowhere/secret"));
    assert!(run(&["--app-secret-file", "/x", "--app-secret", "y"]).contains("cannot be used with"));
}
