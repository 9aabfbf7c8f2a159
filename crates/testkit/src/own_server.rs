//! The Postgres and RabbitMQ servers of `scripts/chaos`: no other run uses them, so a test may kill, freeze and wipe
//! them.

use std::time::Duration;

use tokio::process::Command;

use crate::environment;

/// Names the script that controls them; only `scripts/chaos` sets it.
const SCRIPT: &str = "DJIGBACHATS_CHAOS_SERVERS";
/// Limit of an action: a start after a kill, with recovery, on a busy machine.
const LIMIT: Duration = Duration::from_secs(180);

/// A server used only by the run of `scripts/chaos`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnServer {
    /// The database.
    Postgres,
    /// The broker.
    RabbitMq,
}

impl OwnServer {
    /// Kills all its processes at once, as a power cut does.
    ///
    /// # Panics
    /// When it does not run, or the test was not started by `scripts/chaos`.
    pub async fn kill_9(self) {
        let _ = self.act("kill").await;
    }

    /// Starts it and waits until it answers.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(self) {
        let _ = self.act("start").await;
    }

    /// Suspends all its processes (SIGSTOP).
    ///
    /// # Panics
    /// When it does not run.
    pub async fn freeze(self) {
        let _ = self.act("freeze").await;
    }

    /// Resumes a frozen server.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn thaw(self) {
        let _ = self.act("thaw").await;
    }

    /// Deletes the data of a killed server.
    ///
    /// # Panics
    /// When it runs.
    pub async fn wipe(self) {
        let _ = self.act("wipe").await;
    }

    /// Raises the memory alarm of the broker, which then blocks publishers.
    ///
    /// # Panics
    /// When the alarm is not raised.
    pub async fn memory_alarm(self) {
        let _ = self.act("memory_alarm").await;
    }

    /// Raises the disk alarm of the broker.
    ///
    /// # Panics
    /// When the alarm is not raised.
    pub async fn disk_alarm(self) {
        let _ = self.act("disk_alarm").await;
    }

    /// Clears both alarms.
    ///
    /// # Panics
    /// When one remains.
    pub async fn calm(self) {
        let _ = self.act("calm").await;
    }

    /// Suspends the WAL writer of Postgres, which flushes WAL that no commit waits for.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn freeze_wal_writer(self) {
        let _ = self.act("freeze_wal_writer").await;
    }

    /// Mounts a small disk for tablespaces; returns its path.
    ///
    /// # Panics
    /// When it cannot be mounted: only root may.
    pub async fn small_disk(self) -> String {
        self.act("small_disk").await
    }

    /// Fills the small disk.
    ///
    /// # Panics
    /// When it is not mounted.
    pub async fn fill_disk(self) {
        let _ = self.act("fill_disk").await;
    }

    /// Frees the space on the small disk.
    ///
    /// # Panics
    /// When it is not mounted.
    pub async fn free_disk(self) {
        let _ = self.act("free_disk").await;
    }

    /// Runs an action of the script; returns its output.
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
        let (output, complaint) = match tokio::time::timeout(LIMIT, acting).await {
            Ok(Ok(acted)) if acted.status.success() => (acted.stdout, None),
            Ok(Ok(acted)) => (
                acted.stdout,
                Some(String::from_utf8_lossy(&acted.stderr).into_owned()),
            ),
            Ok(Err(error)) => (Vec::new(), Some(error.to_string())),
            Err(_) => (
                Vec::new(),
                Some(format!("the action did not finish within {LIMIT:?}")),
            ),
        };
        assert!(
            complaint.is_none(),
            "{server} {action}: {}",
            complaint.unwrap_or_default()
        );
        String::from_utf8_lossy(&output).trim().to_owned()
    }
}
