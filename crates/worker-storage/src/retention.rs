//! The janitor's work: partitions created and dropped, expired rows deleted, and the count of all messages. Which table is
//! kept for how long is in `common::retention`.
//!
//! Under its role it sees keys and times only; no content. Tables that grow for ever lose whole partitions, because a deleted
//! row stays readable in its page for long.

use chrono::{DateTime, Utc};
use common::retention::ExpiringTable;

use database::StorageError;
use database::{BatchRole, Store};

/// Rows of one delete: short transactions, so that nobody waits behind them.
const CHUNK: i64 = 5_000;

const UNCOUNT: &str = "
    update accepted_counts
    set accepted = accepted - (select count(*) from messages where id >= first_uuid_at($1) and id < first_uuid_at($2))
    where slot = 0";
const FORGET_DUE: &str = "
    delete from due_messages where message_id >= first_uuid_at($1) and message_id < first_uuid_at($2)";

/// A partition of a time-bound table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The table that it is a part of.
    pub parent: String,
    /// Its own name.
    pub name: String,
    /// The first day of its month.
    pub first_day: DateTime<Utc>,
}

/// Deletes the expired rows of a table; returns how many.
///
/// # Errors
/// When the database is not available; what was deleted stays deleted.
pub async fn purge(
    store: &Store,
    table: &ExpiringTable,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let (sql, before) = (delete_expired(table), table.cutoff(now));
    let mut purged = 0;
    loop {
        let mut connection = store.batch(BatchRole::Janitor).await?;
        let transaction = connection.begin().await?;
        let deleted = transaction
            .execute(sql.as_str(), &[&before, &CHUNK])
            .await?;
        transaction.commit().await?;
        purged += deleted;
        if deleted < u64::try_from(CHUNK).unwrap_or(u64::MAX) {
            return Ok(purged);
        }
    }
}

/// The statement that deletes one chunk of expired rows. A row whose time was renewed meanwhile is kept.
fn delete_expired(table: &ExpiringTable) -> String {
    let (name, column) = (table.name, table.column());
    let is_same = table.key.iter().map(|key| format!("t.{key} = old.{key}"));
    let is_same = is_same.collect::<Vec<_>>().join(" and ");
    let key = table.key.join(", ");
    format!(
        "delete from {name} t
            using (select {key} from {name} where {column} < $1 order by {column} limit $2) old
         where {is_same} and t.{column} < $1"
    )
}

/// Makes the partitions of every month up to that of `through`; returns how many were missing.
///
/// # Errors
/// When the database is not available, or a table is locked: trying again later helps. When `through` is more than six months
/// ahead.
pub async fn make_partitions(store: &Store, through: DateTime<Utc>) -> Result<i32, StorageError> {
    let mut connection = store.batch(BatchRole::Janitor).await?;
    let transaction = connection.begin().await?;
    let row = transaction
        .query_one("select make_partitions($1)", &[&through])
        .await?;
    let made = row.try_get(0)?;
    transaction.commit().await?;
    Ok(made)
}

/// The partitions that there are.
///
/// # Errors
/// When the database is not available.
pub async fn partitions(store: &Store) -> Result<Vec<Partition>, StorageError> {
    let mut connection = store.batch(BatchRole::Janitor).await?;
    let transaction = connection.begin().await?;
    let rows = transaction
        .query(
            "select parent, name, first_day from partitions() order by first_day",
            &[],
        )
        .await?;
    let partition = |row: &tokio_postgres::Row| {
        Ok(Partition {
            parent: row.try_get(0)?,
            name: row.try_get(1)?,
            first_day: row.try_get(2)?,
        })
    };
    rows.iter().map(partition).collect()
}

/// Drops a partition. Its messages go out of the count of accepted ones and out of what is due.
///
/// # Errors
/// When the database is not available, or somebody reads the partition: trying again later helps.
pub async fn drop_partition(store: &Store, partition: &Partition) -> Result<(), StorageError> {
    let mut connection = store.batch(BatchRole::Janitor).await?;
    let transaction = connection.begin().await?;
    if partition.parent == "messages" {
        let next_month = partition.first_day + chrono::Months::new(1);
        for statement in [UNCOUNT, FORGET_DUE] {
            transaction
                .execute(statement, &[&partition.first_day, &next_month])
                .await?;
        }
    }
    transaction
        .execute("select drop_partition($1)", &[&partition.name])
        .await?;
    transaction.commit().await
}

/// Accepted messages less those that there are: 0, or messages were lost or made up.
///
/// # Errors
/// When the database is not available.
pub async fn conservation_difference(store: &Store) -> Result<i64, StorageError> {
    let mut connection = store.batch(BatchRole::Janitor).await?;
    let transaction = connection.begin().await?;
    // One statement, so that both are read in the same snapshot.
    let sql = "select (select coalesce(sum(accepted), 0)::bigint from accepted_counts) - (select count(*) from messages)";
    Ok(transaction.query_one(sql, &[]).await?.try_get(0)?)
}
