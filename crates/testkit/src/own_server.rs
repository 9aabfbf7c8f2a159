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
        let _ = self.act("kill").await;
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(self) {
        let _ = self.act("start").await;
    }

    /// Stops all its processes where they stand.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn freeze(self) {
        let _ = self.act("freeze").await;
    }

    /// Lets a frozen one go on.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn thaw(self) {
        let _ = self.act("thaw").await;
    }

    /// Deletes all that a killed one has stored.
    ///
    /// # Panics
    /// When it runs.
    pub async fn wipe(self) {
        let _ = self.act("wipe").await;
    }

    /// Makes the broker short of memory: it takes nothing more from who publishes.
    ///
    /// # Panics
    /// When the alarm does not come.
    pub async fn memory_alarm(self) {
        let _ = self.act("memory_alarm").await;
    }

    /// Makes the broker short of disk.
    ///
    /// # Panics
    /// When the alarm does not come.
    pub async fn disk_alarm(self) {
        let _ = self.act("disk_alarm").await;
    }

    /// Ends both alarms.
    ///
    /// # Panics
    /// When one stays.
    pub async fn calm(self) {
        let _ = self.act("calm").await;
    }

    /// Stops the process of Postgres that writes the journal which no commit waits for.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn freeze_wal_writer(self) {
        let _ = self.act("freeze_wal_writer").await;
    }

    /// Gives Postgres a small disk for tables; says where.
    ///
    /// # Panics
    /// When it cannot be mounted: only root may.
    pub async fn small_disk(self) -> String {
        self.act("small_disk").await
    }

    /// Fills the small disk.
    ///
    /// # Panics
    /// When there is none.
    pub async fn fill_disk(self) {
        let _ = self.act("fill_disk").await;
    }

    /// Makes room on the small disk again.
    ///
    /// # Panics
    /// When there is none.
    pub async fn free_disk(self) {
        let _ = self.act("free_disk").await;
    }

    /// Has the script act; gives what it said.
    async fn act(self, action: &str) -> String {
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
        let (said, complaint) = match tokio::time::timeout(LIMIT, acting).await {
            Ok(Ok(acted)) if acted.status.success() => (acted.stdout, None),
            Ok(Ok(acted)) => (
                acted.stdout,
                Some(String::from_utf8_lossy(&acted.stderr).into_owned()),
            ),
            Ok(Err(error)) => (Vec::new(), Some(error.to_string())),
            Err(_) => (
                Vec::new(),
                Some(format!("it was not done within {LIMIT:?}")),
            ),
        };
        assert!(
            complaint.is_none(),
            "{server} {action}: {}",
            complaint.unwrap_or_default()
        );
        String::from_utf8_lossy(&said).trim().to_owned()
    }
}
