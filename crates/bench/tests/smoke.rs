//! The program itself, with small counts: what it measures is there, and nothing was lost.

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
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(
        said.contains("| webhook ingest, one status a request, 64 connections"),
        "{said}"
    );
    let mut files = std::fs::read_dir(results.path()).unwrap();
    let file = files.next().unwrap().unwrap().path();
    let report: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let figures = report["figures"].as_array().unwrap();
    assert_eq!(figures.len(), 2);
    for figure in figures {
        assert!(figure["value"].as_f64().unwrap() > 0.0, "{figure}");
        assert_eq!(figure["parts"].as_array().unwrap().len(), 2, "{figure}");
        assert_eq!(figure["wrong"], serde_json::json!([]), "{figure}");
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
