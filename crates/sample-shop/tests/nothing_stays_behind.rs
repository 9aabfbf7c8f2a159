//! The program itself, with services that only wait: when it is killed, they end.
#![cfg(test)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const PROCESSES: usize = 6;
const PATIENCE: Duration = Duration::from_secs(20);

fn script(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(20));
    }
}

fn pids(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let pids = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    pids.filter(|pid| !pid.is_empty()).collect()
}

/// The program that the process runs by now; nothing of one that has ended, waited for or not.
fn command_line(pid: &str) -> String {
    String::from_utf8(fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()).unwrap()
}

#[test]
fn the_services_end_when_the_shop_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    script(
        folder.path(),
        "djigbachats",
        "[ \"$3\" = migrate ] || exec sleep 1000",
    );
    script(folder.path(), "meta-sim", "exec sleep 1000");
    let state = folder.path().join("run");
    let mut shop = Command::new(env!("CARGO_BIN_EXE_sample-shop"))
        .args([
            "--database-url",
            "postgres://nobody@127.0.0.1:1/none",
            "--amqp-url",
            "amqp://127.0.0.1:1",
        ])
        .args(["--clients", "/dev/null", "--bin-dir"])
        .arg(folder.path())
        .arg("--state-dir")
        .arg(&state)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sleeps = |pid: &String| command_line(pid).starts_with("sleep");
    eventually("all processes run", || {
        pids(&state.join("pids"))
            .iter()
            .filter(|pid| sleeps(pid))
            .count()
            == PROCESSES
    });
    let running = pids(&state.join("pids"));
    shop.kill().unwrap();
    shop.wait().unwrap();
    eventually("no process runs", || !running.iter().any(sleeps));
}
