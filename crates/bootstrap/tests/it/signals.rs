//! SIGTERM, as systemd and container engines send it.

use std::process::Command;

use bootstrap::shutdown::Shutdown;

#[tokio::test]
async fn a_first_sigterm_asks_to_stop() {
    let shutdown = Shutdown::on_signals().unwrap();
    assert!(!shutdown.is_triggered());
    let sent = Command::new("kill")
        .args(["-TERM", &std::process::id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    shutdown.triggered().await;
    assert!(shutdown.token().is_cancelled());
}
