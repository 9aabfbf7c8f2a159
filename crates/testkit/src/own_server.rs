//! The Postgres and the RabbitMQ of `scripts/chaos`: nobody else uses them, so a test may kill, freeze and wipe them.

use std::time::Duration;

use tokio::process::Command;

use crate::environment;

/// Names the script that acts on them; only `scripts/chaos` sets it.
const SCRIPT: &str = "DJIGBACHATS_CHAOS_SERVERS";
/// A start after a kill, with the recovery of its journal, on a busy machine.
const LIMIT: Duration = Duration::from_secs(180);

/// A server that belongs to the run of `scripts/chaos` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnServer {
    /// The database.
    Postgres,
    /// The broker.
    RabbitMq,
}

impl OwnServer {
    /// Ends all its processes at once, as a power cut does.
    ///
    /// # Panics
    /// When it does not run, or the test was not started by `scripts/chaos`.
    pub async fn kill_9(self) {
        self.act("kill").await;
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(self) {
        self.act("start").await;
    }

    /// Stops all its processes where they stand.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn freeze(self) {
        self.act("freeze").await;
    }

    /// Lets a frozen one go on.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn thaw(self) {
        self.act("thaw").await;
    }

    /// Deletes all that a killed one has stored.
    ///
    /// # Panics
    /// When it runs.
    pub async fn wipe(self) {
        self.act("wipe").await;
    }

    async fn act(self, action: &str) {
        let script = environment(SCRIPT).unwrap_or_default();
        assert!(
            !script.is_empty(),
            "scripts/chaos starts this test, and names the script in {SCRIPT}"
        );
        let server = match self {
            Self::Postgres => "postgres",
            Self::RabbitMq => "rabbitmq",
        };
        let acting = Command::new("bash")
            .args([&script, server, action])
            .kill_on_drop(true)
            .output();
        let complaint = match tokio::time::timeout(LIMIT, acting).await {
            Ok(Ok(acted)) if acted.status.success() => None,
            Ok(Ok(acted)) => Some(String::from_utf8_lossy(&acted.stderr).into_owned()),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("it was not done within {LIMIT:?}")),
        };
        assert!(
            complaint.is_none(),
            "{server} {action}: {}",
            complaint.unwrap_or_default()
        );
    }
}
