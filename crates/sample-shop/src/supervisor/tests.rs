//! The supervisor with programs that do nothing.

use std::fs;
use std::path::Path;

use tokio::time::sleep;

use super::*;

const PATIENCE: Duration = Duration::from_secs(10);

fn program(name: &'static str, script: &str) -> Program {
    Program {
        name,
        executable: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        environment: Vec::new(),
        ready_url: String::new(),
    }
}

async fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}");
        sleep(Duration::from_millis(10)).await;
    }
}

fn lives(pid: &str) -> bool {
    Path::new("/proc").join(pid).exists()
}

/// A line that the program writes shows that it is past its first steps.
async fn pid_once_begun(state: &StateDir, name: &str) -> String {
    eventually("it writes its log", || {
        fs::read_to_string(state.log(name))
            .ok()
            .filter(|log| log.contains("begun"))
    })
    .await;
    fs::read_to_string(state.pid(name)).unwrap()
}

#[tokio::test]
async fn a_process_that_dies_is_started_again_until_it_is_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let state = Arc::new(StateDir::open(folder.path()).unwrap());
    let mut supervisor = Supervisor::new(Arc::clone(&state), Screen::default()).await;
    supervisor.start(program("sender", "echo begun; exec sleep 1000"));
    let first = pid_once_begun(&state, "sender").await;
    let pid = rustix::process::Pid::from_raw(first.parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let second = eventually("another one runs", || {
        fs::read_to_string(state.pid("sender"))
            .ok()
            .filter(|pid| !pid.is_empty() && *pid != first)
    })
    .await;
    assert_eq!(supervisor.restarts(), 1);
    assert!(lives(&second));
    supervisor.stop().await;
    assert!(!lives(&second) && !state.pid("sender").exists());
    assert_eq!(supervisor.restarts(), 1);
}

#[tokio::test]
async fn those_that_others_depend_on_end_last() {
    let folder = tempfile::tempdir().unwrap();
    let state = Arc::new(StateDir::open(folder.path()).unwrap());
    let mut supervisor = Supervisor::new(Arc::clone(&state), Screen::default()).await;
    let ended = folder.path().join("ended");
    let names = ["gateway", "webhook-ingest", SIMULATOR, "sender"];
    for name in names {
        let note = format!("echo {name} >> {}", ended.display());
        let script = format!("trap '{note}; exit' TERM; echo begun; while :; do sleep 0.05; done");
        supervisor.start(program(name, &script));
    }
    for name in names {
        pid_once_begun(&state, name).await;
    }
    supervisor.stop().await;
    let order = fs::read_to_string(ended).unwrap();
    assert_eq!(
        order.lines().collect::<Vec<_>>(),
        ["sender", SIMULATOR, "webhook-ingest", "gateway"]
    );
}

#[tokio::test]
async fn a_process_that_does_not_end_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let state = Arc::new(StateDir::open(folder.path()).unwrap());
    let mut supervisor = Supervisor::new(Arc::clone(&state), Screen::default()).await;
    supervisor.start(program(
        "gateway",
        "trap '' TERM; echo begun; exec sleep 1000",
    ));
    let pid = pid_once_begun(&state, "gateway").await;
    supervisor.kill().await;
    assert!(!lives(&pid));
}
