//! The machine of a run.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use tokio_postgres::NoTls;

/// Settings of Postgres that affect measurements.
const SETTINGS: [&str; 4] = ["server_version", "fsync", "shared_buffers", "max_wal_size"];

/// A machine and its database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) processor: String,
    /// Settings of Postgres, on one line.
    pub(crate) postgres: String,
}

impl Machine {
    /// This machine and its Postgres.
    ///
    /// # Errors
    /// When /proc or Postgres cannot be read.
    pub(super) async fn current() -> Result<Self> {
        let processors = <procfs::CpuInfo as procfs::Current>::current();
        let processors = processors.context("/proc/cpuinfo cannot be read")?;
        let name = processors.model_name(0).unwrap_or("unknown processor");
        Ok(Self {
            cores: processors.num_cores(),
            processor: name.to_owned(),
            postgres: postgres().await?,
        })
    }
}

async fn postgres() -> Result<String> {
    let url = testkit::environment("DJIGBACHATS_TEST_DATABASE_URL");
    let url = url.context("DJIGBACHATS_TEST_DATABASE_URL is not set: scripts/bench sets it")?;
    let (client, connection) = tokio_postgres::connect(&url, NoTls)
        .await
        .context("Postgres does not answer")?;
    let connection = tokio::spawn(connection);
    let mut settings = Vec::new();
    for setting in SETTINGS {
        let query = format!("show {setting}");
        let value: String = client.query_one(&query, &[]).await?.get(0);
        settings.push(format!("{setting} {value}"));
    }
    drop(client);
    connection.await??;
    Ok(settings.join(", "))
}
