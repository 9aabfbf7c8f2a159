//! Runs the program with small is_full: all measurements are present, and nothing was lost.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn bench(results: &Path, arguments: &[&str]) -> io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(arguments)
        .arg("--results")
        .arg(results)
        .output()
}

#[test]
fn a_short_run_measures_and_loses_nothing() {
    let results = tempfile::tempdir().unwrap();
    let ran = bench(
        results.path(),
        &["--short", "--commit", "0123abc", "ingest"],
    )
    .unwrap();
    let output = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{output}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(
        output.contains("| webhook ingest, one status a request, 64 connections"),
        "{output}"
    );
    let mut files = std::fs::read_dir(results.path()).unwrap();
    let file = files.next().unwrap().unwrap().path();
    let report: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let measurements = report["measurements"].as_array().unwrap();
    assert_eq!(measurements.len(), 2);
    for measurement in measurements {
        assert!(
            measurement["value"].as_f64().unwrap() > 0.0,
            "{measurement}"
        );
        assert_eq!(
            measurement["components"].as_array().unwrap().len(),
            2,
            "{measurement}"
        );
        assert_eq!(
            measurement["failures"],
            serde_json::json!([]),
            "{measurement}"
        );
    }
}

#[test]
fn a_short_run_does_not_get_into_the_document() {
    let results = tempfile::tempdir().unwrap();
    let document = results.path().join("performance.md");
    std::fs::write(&document, "untouched").unwrap();
    let ran = bench(
        results.path(),
        &["--write-report", document.to_str().unwrap()],
    )
    .unwrap();
    assert!(!ran.status.success());
    assert_eq!(std::fs::read_to_string(&document).unwrap(), "untouched");
}
