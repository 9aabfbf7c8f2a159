//! The janitor's work: partitions made and dropped, short-lived rows deleted, and the count of all messages.
//!
//! Under its role it sees keys and times only; no content. Time-bound tables lose whole partitions, because a deleted row
//! stays readable in its page for long.

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::StorageError;
use crate::store::{BatchRole, Store};

/// Rows of one delete: short transactions, so that nobody waits behind them.
const CHUNK: i64 = 5_000;

const UNCOUNT: &str = "
    update accepted_counts
    set accepted = accepted - (select count(*) from messages where id >= first_uuid_at($1) and id < first_uuid_at($2))
    where slot = 0";
const FORGET_DUE: &str = "
    delete from due_messages where message_id >= first_uuid_at($1) and message_id < first_uuid_at($2)";

/// Rows with a life of their own, shorter than that of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortLived {
    /// Answers of creating calls: 7 days, because tills go offline.
    IdempotencyKeys,
    /// Variables of one-time codes: 5 minutes (privacy policy, section 8).
    OtpSecrets,
    /// Hashes of applied updates: 8 days, one more than Meta repeats them.
    ProcessedUpdates,
    /// When clients last wrote to a number: 30 days, although a window is open for one; until then the API can say since when
    /// it is closed.
    ServiceWindows,
    /// Contacts with their identifiers: 351 days after Meta last showed the person, so that no backup holds them longer than
    /// 12 months.
    Contacts,
    /// Uploads of files to Meta: as long as Meta keeps the file, or a refusal stands.
    MediaUploads,
}

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

impl ShortLived {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::IdempotencyKeys,
        Self::OtpSecrets,
        Self::ProcessedUpdates,
        Self::ServiceWindows,
        Self::Contacts,
        Self::MediaUploads,
    ];

    /// The name of the table.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdempotencyKeys => "idempotency_keys",
            Self::OtpSecrets => "otp_secrets",
            Self::ProcessedUpdates => "processed_updates",
            Self::ServiceWindows => "service_windows",
            Self::Contacts => "contacts",
            Self::MediaUploads => "media_uploads",
        }
    }

    /// How long a row lives after the time that its column tells.
    const fn lifetime(self) -> TimeDelta {
        match self {
            Self::IdempotencyKeys => TimeDelta::days(7),
            // The column is the end of its life already.
            Self::OtpSecrets | Self::MediaUploads => TimeDelta::zero(),
            Self::ProcessedUpdates => TimeDelta::days(8),
            Self::ServiceWindows => TimeDelta::days(30),
            Self::Contacts => TimeDelta::days(351),
        }
    }

    const fn delete(self) -> &'static str {
        match self {
            Self::IdempotencyKeys => {
                "delete from idempotency_keys k using (select business_id, key_hash from idempotency_keys
                    where created_at < $1 order by created_at limit $2) old
                 where k.business_id = old.business_id and k.key_hash = old.key_hash"
            }
            Self::OtpSecrets => {
                "delete from otp_secrets s using (select business_id, message_id from otp_secrets
                    where expires_at < $1 limit $2) old
                 where s.business_id = old.business_id and s.message_id = old.message_id"
            }
            Self::ProcessedUpdates => {
                "delete from processed_updates s using (select phone_number_id, update_hash from processed_updates
                    where seen_at < $1 order by seen_at limit $2) old
                 where s.phone_number_id = old.phone_number_id and s.update_hash = old.update_hash"
            }
            // A client who writes meanwhile keeps the window.
            Self::ServiceWindows => {
                "delete from service_windows w using (select business_id, phone_number_id, contact_hash
                    from service_windows where last_inbound_at < $1 limit $2) old
                 where w.business_id = old.business_id and w.phone_number_id = old.phone_number_id
                    and w.contact_hash = old.contact_hash and w.last_inbound_at < $1"
            }
            Self::Contacts => {
                "delete from contacts c using (select business_id, contact_id from contacts
                    where last_seen_at < $1 order by last_seen_at limit $2) old
                 where c.business_id = old.business_id and c.contact_id = old.contact_id"
            }
            Self::MediaUploads => {
                "delete from media_uploads u using (select business_id, media_id, phone_number_id from media_uploads
                    where expires_at < $1 order by expires_at limit $2) old
                 where u.business_id = old.business_id and u.media_id = old.media_id
                   and u.phone_number_id = old.phone_number_id"
            }
        }
    }
}

/// Deletes the rows of a kind that are past their time; returns how many.
///
/// # Errors
/// When the database is not available; what was deleted stays deleted.
pub async fn purge(
    store: &Store,
    kind: ShortLived,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    let before = now - kind.lifetime();
    let mut purged = 0;
    loop {
        let mut connection = store.batch(BatchRole::Janitor).await?;
        let transaction = connection.begin().await?;
        let deleted = transaction
            .execute(kind.delete(), &[&before, &CHUNK])
            .await?;
        transaction.commit().await?;
        purged += deleted;
        if deleted < u64::try_from(CHUNK).unwrap_or(u64::MAX) {
            return Ok(purged);
        }
    }
}

/// Makes the partitions of every month up to that of `through`; returns how many were missing.
///
/// # Errors
/// When the database is not available, or a table is locked: trying again later helps.
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
