//! Preloads a product as if it had been used for three months: some messages are sent through it, and their rows are
//! copied inside Postgres until the wanted count is reached.
//!
//! The copies have the rows that the product writes, including attempts, events and audience rows, with all current
//! columns. Ids, hashes and numbers are unique per copy, timestamps are spread over the months. Sealed bytes are those
//! of the model and cannot be decrypted; no scenario reads them.

mod copies;
mod indexes;
mod originals;
mod partitions;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio_postgres::Client;

use crate::fixture::Fixture;

/// Approximate rows per table and statement.
const ROWS_OF_A_STATEMENT: u64 = 100_000;
/// Writing connections: one for each of two processors.
const CONNECTIONS: usize = 2;

/// Disk space per message: three quarters for its rows and indexes, the rest for the WAL.
const BYTES_OF_A_MESSAGE: u64 = 4_000;
const BYTES_OF_A_GB: u64 = 1_000_000_000;

/// The preloaded data.
pub(crate) struct Preloaded {
    pub(crate) messages: u64,
    /// Duration of the copying, including indexes and statistics.
    pub(crate) took: Duration,
    /// Size of the database.
    pub(crate) bytes: u64,
}

/// Stores at least `wanted` messages; the services are stopped meanwhile.
///
/// # Errors
/// When the product loses a model message, or the database returns an error.
pub(crate) async fn fill(fixture: &mut Fixture, wanted: u64) -> Result<Preloaded> {
    fixture.start_rest().await;
    let originals = originals::send(fixture).await?;
    fixture.stop().await;
    let started = Instant::now();
    let admin = fixture.stack.db.admin().await;
    let copies = wanted.div_ceil(originals).saturating_sub(1);
    partitions::make(&admin).await?;
    copies::prepare(&admin, copies).await?;
    let kept = indexes::drop_all(&admin).await?;
    copy(fixture, copies, originals).await?;
    indexes::recreate_all(&admin, &kept).await?;
    copies::settle(&admin, copies).await?;
    let took = started.elapsed();
    let messages = originals * (copies + 1);
    check(fixture, messages).await?;
    let bytes = fixture
        .count("select pg_database_size(current_database())")
        .await?;
    fixture.start().await;
    Ok(Preloaded {
        messages,
        took,
        bytes,
    })
}

/// Fails when the disk would become full, which stops Postgres. A disk that is not visible from here is assumed to be
/// large enough.
///
/// # Errors
/// When there is not enough space, or the database does not report its folder.
pub(crate) async fn ensure_disk_space(fixture: &Fixture, messages: u64) -> Result<()> {
    let admin = fixture.stack.db.admin().await;
    let folder: String = admin.query_one("show data_directory", &[]).await?.get(0);
    let Ok(disk) = rustix::fs::statvfs(&folder) else {
        return Ok(());
    };
    let free = disk.f_bavail * disk.f_frsize;
    let needed = messages * BYTES_OF_A_MESSAGE;
    ensure!(
        free > needed,
        "{messages} stored messages take up to {} GB of the disk, and {} GB are free; nothing was stored: free some space, or \
         store fewer with --preload",
        needed.div_ceil(BYTES_OF_A_GB),
        free / BYTES_OF_A_GB
    );
    Ok(())
}

/// Writes the copies 1 to `copies`, some at a time.
async fn copy(fixture: &Fixture, copies: u64, originals: u64) -> Result<()> {
    let step = (ROWS_OF_A_STATEMENT / originals).max(1);
    let connections: Vec<Client> = stream::iter(0..CONNECTIONS)
        .then(|_| fixture.stack.db.admin())
        .collect()
        .await;
    let work = connections
        .iter()
        .enumerate()
        .map(|(index, client)| async move {
            copies::as_loader(client).await?;
            let first = u64::try_from(index)? * step + 1;
            let stride = step * u64::try_from(CONNECTIONS)?;
            let mut from = first;
            while from <= copies {
                copies::write(client, from, (from + step - 1).min(copies)).await?;
                from += stride;
            }
            anyhow::Ok(())
        });
    stream::iter(work)
        .buffer_unordered(CONNECTIONS)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(())
}

/// Checks the janitor's invariant: the counter of accepted messages equals the number of stored ones.
async fn check(fixture: &Fixture, messages: u64) -> Result<()> {
    let stored = fixture.count("select count(*) from messages").await?;
    let counted = fixture
        .count("select sum(accepted)::bigint from accepted_counts")
        .await?;
    ensure!(
        (stored, counted) == (messages, messages),
        "{messages} messages should be stored, {stored} are and {counted} are counted"
    );
    Ok(())
}
