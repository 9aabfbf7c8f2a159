//! What Meta says of the numbers of accounts: the messaging limit is stored at once, and the numbers are read from Meta
//! again, because the webhooks do not tell all that may have changed.

use crate::codes::DISCONNECTED;
use chrono::{DateTime, Utc};
use common::feed::{FeedEvent, NumberEvent, NumberLimits};
use common::ids::{BusinessId, WabaId};
use common::messaging_limit::MessagingLimit;
use const_format::formatcp;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::events;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};
use storage::events::FeedEntry;

// All numbers of the businesses concerned: those of the other accounts may share the portfolio.
const LOCK: &str = formatcp!("
    select n.business_id, n.phone_number_id, n.waba_id, n.messaging_limit, n.limits_reported_at, n.quality_rating,
        n.throughput_level
    from phone_numbers n
    where n.connection <> {DISCONNECTED}
        and n.business_id in (select business_id from phone_numbers where waba_id = any($1) and connection <> {DISCONNECTED})
    order by n.business_id, n.phone_number_id for no key update of n");
const WRITE: &str = "
    update phone_numbers n set messaging_limit = u.messaging_limit, limits_reported_at = u.limits_reported_at,
        refresh_requested_at = $5
    from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
        as u (business_id, phone_number_id, messaging_limit, limits_reported_at)
    where n.business_id = u.business_id and n.phone_number_id = u.phone_number_id";

/// What Meta said of the numbers of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsUpdate {
    /// The account.
    pub waba_id: WabaId,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// The messaging limit, when it was told.
    pub messaging_limit: Option<MessagingLimit>,
}

/// What became of a batch of such words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LimitsOutcome {
    /// Numbers whose messaging limit changed.
    pub changed: usize,
    /// Numbers that are read again.
    pub to_read: usize,
    /// Words on accounts that are nobody's.
    pub foreign: usize,
}

struct Number {
    business_id: BusinessId,
    phone_number_id: String,
    waba_id: String,
    messaging_limit: String,
    told_at: Option<DateTime<Utc>>,
    quality_rating: String,
    throughput_level: String,
    is_changed: bool,
}

/// Applies a batch in one transaction, in its order. A word that is older than the last one changes nothing.
///
/// # Errors
/// When the database is not available: nothing was changed, and the batch may be applied again.
pub async fn apply_limits(
    store: &Store,
    updates: &[LimitsUpdate],
    now: DateTime<Utc>,
) -> Result<LimitsOutcome, StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let wabas: Vec<&str> = updates
        .iter()
        .map(|update| update.waba_id.as_str())
        .collect();
    let statement = transaction.prepare_cached(LOCK).await?;
    let rows = transaction.query(&statement, &[&wabas]).await?;
    let mut numbers = rows
        .iter()
        .map(Number::read)
        .collect::<Result<Vec<_>, _>>()?;
    let mut outcome = LimitsOutcome::default();
    for update in updates {
        let of_account = |number: &&mut Number| number.waba_id == update.waba_id.as_str();
        let mut is_known = false;
        for number in numbers.iter_mut().filter(of_account) {
            is_known = true;
            number.take_in(update);
        }
        outcome.foreign += usize::from(!is_known);
    }
    write(&transaction, &numbers, now).await?;
    let changed = numbers.iter().filter(|number| number.is_changed);
    let entries = changed
        .map(|number| number.entry(now))
        .collect::<Result<Vec<_>, _>>()?;
    outcome.changed = entries.len();
    outcome.to_read = numbers.len();
    events::append(&transaction, now, &entries).await?;
    transaction.commit().await?;
    Ok(outcome)
}

async fn write(
    transaction: &BatchTransaction<'_>,
    numbers: &[Number],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if numbers.is_empty() {
        return Ok(());
    }
    fn column<'a, T>(numbers: &'a [Number], value: impl Fn(&'a Number) -> T) -> Vec<T> {
        numbers.iter().map(value).collect()
    }
    let businesses: Vec<Uuid> = column(numbers, |number| number.business_id.as_uuid());
    let ids = column(numbers, |number| number.phone_number_id.as_str());
    let limits = column(numbers, |number| number.messaging_limit.as_str());
    let times = column(numbers, |number| number.told_at);
    let statement = transaction.prepare_cached(WRITE).await?;
    transaction
        .execute(&statement, &[&businesses, &ids, &limits, &times, &now])
        .await?;
    Ok(())
}

impl Number {
    fn read(row: &Row) -> Result<Self, StorageError> {
        Ok(Self {
            business_id: BusinessId::from_uuid(row.try_get(0)?),
            phone_number_id: row.try_get(1)?,
            waba_id: row.try_get(2)?,
            messaging_limit: row.try_get(3)?,
            told_at: row.try_get(4)?,
            quality_rating: row.try_get(5)?,
            throughput_level: row.try_get(6)?,
            is_changed: false,
        })
    }

    /// Meta repeats webhooks for days and in any order: the newest word holds.
    fn take_in(&mut self, update: &LimitsUpdate) {
        let Some(limit) = &update.messaging_limit else {
            return;
        };
        if self.told_at.is_some_and(|told| told > update.occurred_at) {
            return;
        }
        self.told_at = Some(update.occurred_at);
        let word = limit.as_meta();
        self.is_changed |= word != self.messaging_limit;
        self.messaging_limit = word;
    }

    fn entry(&self, now: DateTime<Utc>) -> Result<FeedEntry, StorageError> {
        let phone_number_id = self.phone_number_id.parse();
        Ok(FeedEntry {
            business_id: self.business_id,
            event: FeedEvent::Number {
                phone_number_id: phone_number_id.map_err(|_| StorageError::Corrupt {
                    column: "phone_numbers.phone_number_id",
                })?,
                event: NumberEvent::LimitsChanged(NumberLimits {
                    quality_rating: self.quality_rating.clone(),
                    throughput_level: self.throughput_level.clone(),
                    messaging_limit: self.messaging_limit.clone(),
                }),
            },
            occurred_at: now,
        })
    }
}
