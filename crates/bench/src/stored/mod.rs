//! A product that has been in use for three months: some messages go through it as any do, and what Postgres then holds
//! of them is copied there until so many are stored as are wanted.
//!
//! The copies are what the product writes, with their attempts, events and rows of the audience, whatever columns these
//! have by now. Ids, hashes and numbers are each copy's own, times are spread over the months. Sealed bytes are those of
//! the model: they can be opened by nobody, and nobody does.

mod copies;
mod indexes;
mod models;
mod months;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio_postgres::Client;

use crate::stand::Stand;

/// Rows of one table that a statement writes, about.
const ROWS_OF_A_STATEMENT: u64 = 100_000;
/// Connections that write: one for each of two processors.
const CONNECTIONS: usize = 2;

/// Of the disk for a message: three quarters for its rows and indexes, the rest for Postgres's log of their writing.
const BYTES_OF_A_MESSAGE: u64 = 4_000;
const BYTES_OF_A_GB: u64 = 1_000_000_000;

/// What is stored.
pub(crate) struct Stored {
    pub(crate) messages: u64,
    /// How long the copying took, with indexes and statistics.
    pub(crate) took: Duration,
    /// Of the database.
    pub(crate) bytes: u64,
}

/// Stores at least `wanted` messages; the services end for that and run again afterwards.
///
/// # Errors
/// When the product loses one of the models, or the database refuses.
pub(crate) async fn fill(stand: &mut Stand, wanted: u64) -> Result<Stored> {
    stand.start_rest().await;
    let models = models::send(stand).await?;
    stand.stop().await;
    let begun = Instant::now();
    let admin = stand.stack.db.admin().await;
    let copies = wanted.div_ceil(models).saturating_sub(1);
    months::make(&admin).await?;
    copies::prepare(&admin, copies).await?;
    let kept = indexes::take_away(&admin).await?;
    copy(stand, copies, models).await?;
    indexes::put_back(&admin, &kept).await?;
    copies::settle(&admin, copies).await?;
    let took = begun.elapsed();
    let messages = models * (copies + 1);
    check(stand, messages).await?;
    let bytes = stand
        .count("select pg_database_size(current_database())")
        .await?;
    stand.start().await;
    Ok(Stored {
        messages,
        took,
        bytes,
    })
}

/// Refuses what would fill the disk, which ends Postgres. A disk that cannot be seen from here is taken to be large.
///
/// # Errors
/// When there is no room, or the database does not say where it is.
pub(crate) async fn ensure_room(stand: &Stand, messages: u64) -> Result<()> {
    let admin = stand.stack.db.admin().await;
    let folder: String = admin.query_one("show data_directory", &[]).await?.get(0);
    let Ok(disk) = rustix::fs::statvfs(&folder) else {
        return Ok(());
    };
    let free = disk.f_bavail * disk.f_frsize;
    let needed = messages * BYTES_OF_A_MESSAGE;
    ensure!(
        free > needed,
        "{messages} stored messages take up to {} GB of the disk, and {} GB are free; nothing was stored: make room, or \
         store fewer with --stored",
        needed.div_ceil(BYTES_OF_A_GB),
        free / BYTES_OF_A_GB
    );
    Ok(())
}

/// Copies number 1 to `copies`, some at a time.
async fn copy(stand: &Stand, copies: u64, models: u64) -> Result<()> {
    let step = (ROWS_OF_A_STATEMENT / models).max(1);
    let connections: Vec<Client> = stream::iter(0..CONNECTIONS)
        .then(|_| stand.stack.db.admin())
        .collect()
        .await;
    let work = connections
        .iter()
        .enumerate()
        .map(|(place, client)| async move {
            copies::as_loader(client).await?;
            let first = u64::try_from(place)? * step + 1;
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

/// What the janitor watches: the counter of accepted messages agrees with those that there are.
async fn check(stand: &Stand, messages: u64) -> Result<()> {
    let stored = stand.count("select count(*) from messages").await?;
    let counted = stand
        .count("select sum(accepted)::bigint from accepted_counts")
        .await?;
    ensure!(
        (stored, counted) == (messages, messages),
        "{messages} messages should be stored, {stored} are and {counted} are counted"
    );
    Ok(())
}
