//! Durable rows in batches: one UNNEST insert, or one UNNEST update, of 500 rows per transaction, with fsync, on one
//! connection, into a table as wide as `messages` with only a primary key.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::measured::per_second;

/// Rows per transaction.
const BATCH: usize = 500;
/// Bytes of the sealed columns of a message with a template of three variables.
const RECIPIENT_SEALED: usize = 45;
const CONTENT_SEALED: usize = 220;
const REFERENCE_SEALED: usize = 50;
const HASH: usize = 32;

const TABLE: &str = "
    drop table if exists bench_rows;
    create table bench_rows (business_id uuid not null, id uuid not null, phone_number_id text not null,
        template_id text not null, state smallint not null default 1, hash_version smallint not null,
        recipient_hash bytea not null, recipient_sealed bytea not null, content_sealed bytea, reference_hash bytea,
        reference_sealed bytea, changed_at timestamptz, primary key (business_id, id)) with (fillfactor = 50)";
const INSERT: &str = "
    insert into bench_rows (business_id, id, phone_number_id, template_id, hash_version, recipient_hash,
        recipient_sealed, content_sealed, reference_hash, reference_sealed)
    select $1, id, '106540352242922', '1689556908129801', 1, $3, $4, $5, $3, $6 from unnest($2::uuid[]) as n (id)";
const UPDATE: &str = "
    update bench_rows r set state = n.state, changed_at = now() from unnest($2::uuid[], $3::smallint[]) as n (id, state)
    where r.business_id = $1 and r.id = n.id";

/// Rows per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) inserted: f64,
    pub(crate) updated: f64,
}

/// Inserts for `time`, then updates the inserted rows for `time`.
///
/// # Errors
/// When the database returns an error or does not sync to disk.
pub(crate) async fn run(client: &Client, time: Duration) -> Result<Rates> {
    let fsync: String = client.query_one("show fsync", &[]).await?.get(0);
    ensure!(fsync == "on", "fsync is {fsync}: nothing is durable here");
    client.batch_execute(TABLE).await?;
    let business = Uuid::now_v7();
    let (batches, inserted) = insert(client, business, time).await?;
    let updated = update(client, business, &batches, time).await?;
    client.batch_execute("drop table bench_rows").await?;
    Ok(Rates { inserted, updated })
}

async fn insert(client: &Client, business: Uuid, time: Duration) -> Result<(Vec<Vec<Uuid>>, f64)> {
    let statement = client.prepare(INSERT).await?;
    let (hash, recipient) = (vec![7_u8; HASH], vec![7_u8; RECIPIENT_SEALED]);
    let (content, reference) = (vec![7_u8; CONTENT_SEALED], vec![7_u8; REFERENCE_SEALED]);
    let (started, mut batches, mut rows) = (Instant::now(), Vec::new(), 0);
    while started.elapsed() < time {
        let ids: Vec<Uuid> = std::iter::repeat_with(Uuid::now_v7).take(BATCH).collect();
        rows += client
            .execute(
                &statement,
                &[&business, &ids, &hash, &recipient, &content, &reference],
            )
            .await?;
        batches.push(ids);
    }
    Ok((batches, per_second(rows, started.elapsed())))
}

async fn update(
    client: &Client,
    business: Uuid,
    batches: &[Vec<Uuid>],
    time: Duration,
) -> Result<f64> {
    let statement = client.prepare(UPDATE).await?;
    let (started, mut rows, mut state) = (Instant::now(), 0, 1_i16);
    while started.elapsed() < time {
        state += 1;
        for ids in batches {
            let states = vec![state; ids.len()];
            rows += client
                .execute(&statement, &[&business, ids, &states])
                .await?;
            if started.elapsed() >= time {
                break;
            }
        }
    }
    Ok(per_second(rows, started.elapsed()))
}
