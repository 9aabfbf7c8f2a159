//! Statuses of messages, merged per message and written once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::contact::IdentifierHash;
use common::ids::{BusinessId, CampaignId, MessageId, PhoneNumberId};
use common::message::MessageState;
use common::wire::StatusDetail;
use tokio_postgres::Row as SqlRow;
use uuid::Uuid;

use super::merge::Row;
use super::numbers::owners_of;
use super::targets::Targets;
use super::{unmatched, who};
use crate::events;
use crate::identity;
use crate::send_rate::{self, NumberKey};
use database::StorageError;
use database::seal_contexts::{self, MessageColumn};
use database::{BatchRole, BatchTransaction, Store};
use storage::events::FeedEntry;

const LOCK: &str = "select m.business_id, m.id, m.campaign_id, m.phone_number_id, m.state, m.sent_at, m.delivered_at,
        m.read_at, m.failed_at, m.wamid_sealed is not null, m.error_code, m.pricing_category, m.pricing_type, m.billable,
        m.submitted_at, m.recipient_hash, m.hash_version
    from messages m join (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as w (business_id, id)
        on m.business_id = w.business_id and m.id = w.id
    where m.id between $3 and $4
    order by m.business_id, m.id for update of m";
const UPDATE: &str = "update messages m set state = n.state, sent_at = n.sent_at, delivered_at = n.delivered_at,
        read_at = n.read_at, failed_at = n.failed_at, error_code = n.error_code,
        error_sealed = coalesce(n.error_sealed, m.error_sealed), wamid_sealed = coalesce(m.wamid_sealed, n.wamid_sealed),
        pricing_category = n.pricing_category, pricing_type = n.pricing_type, billable = n.billable,
        held_reason = null, settled_at = coalesce(m.settled_at, $16)
    from (select * from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::timestamptz[],
        $6::timestamptz[], $7::timestamptz[], $8::integer[], $9::bytea[], $10::bytea[], $11::text[], $12::text[],
        $13::boolean[]) limit cardinality($1))
        as n (business_id, id, state, sent_at, delivered_at, read_at, failed_at, error_code, error_sealed, wamid_sealed,
        pricing_category, pricing_type, billable)
    where m.business_id = n.business_id and m.id = n.id and m.id between $14 and $15";
/// A message that Meta has is neither due nor held.
const SETTLE: &str =
    "delete from due_messages d
    using (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as n (business_id, id)
    where d.business_id = n.business_id and d.message_id = n.id";

/// A status of Meta, its opaque id already verified.
#[derive(Clone)]
pub struct StatusUpdate {
    /// The number that the webhook is of.
    pub phone_number_id: PhoneNumberId,
    /// Business and message of a verified opaque id; `None` when the status carried none.
    pub message: Option<(BusinessId, MessageId)>,
    /// One of `sent`, `failed`, `delivered`, `read`, `played`.
    pub status: MessageState,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// Meta's error code of a failure.
    pub error_code: Option<i32>,
    /// Whether the code means that the number sends too fast or too much.
    pub slows_the_number: bool,
    /// Meta's pricing category.
    pub pricing_category: Option<String>,
    /// Meta's pricing type.
    pub pricing_type: Option<String>,
    /// Whether Meta charges.
    pub billable: bool,
    /// What names a person.
    pub detail: StatusDetail,
}

/// What became of a batch of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusOutcome {
    /// Rows that changed.
    pub changed: usize,
    /// Statuses whose opaque id names a message of another number or business, or whose number is nobody's.
    pub foreign: usize,
    /// Statuses whose message is not known (yet).
    pub unmatched: usize,
    /// Doubts that a status resolved.
    pub doubts_resolved: usize,
    /// Numbers that were slowed down because of it.
    pub slowed_numbers: usize,
}

/// Applies a batch of statuses in one transaction.
///
/// # Errors
/// When the database is not available: nothing was changed, and the batch may be applied again.
pub async fn apply_statuses(
    store: &Store,
    updates: &[StatusUpdate],
    now: DateTime<Utc>,
) -> Result<StatusOutcome, StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let mut outcome = StatusOutcome::default();
    let owners = owners_of(
        &transaction,
        updates.iter().map(|update| &update.phone_number_id),
    )
    .await?;
    let mut targets = Targets::of(&owners, updates);
    outcome.foreign += targets.foreign;
    targets.find_by_wamid(store, &transaction).await?;
    targets
        .by_wamid
        .retain(|(owner, update)| owners.keeps(&update.phone_number_id, *owner));
    let mut rows = lock(&transaction, targets.known.keys().copied()).await?;
    for row in &mut rows {
        for update in targets
            .known
            .remove(&(row.business_id, row.message_id))
            .unwrap_or_default()
        {
            if row.phone_number_id == update.phone_number_id.as_str() {
                row.take_in(update);
                seal(store, row, update).await?;
            } else {
                outcome.foreign += 1;
            }
        }
    }
    outcome.unmatched =
        unmatched::store_all(store, &transaction, &targets.unmatched(), now).await?;
    let evidence = who::evidence(store, targets.shown.iter().copied()).await?;
    let people = identity::link(store, &transaction, &evidence, now).await?;
    write(&transaction, &mut rows, people.events, now, &mut outcome).await?;
    transaction.commit().await?;
    Ok(outcome)
}

/// Locks the rows in the order of their ids.
pub(super) async fn lock(
    transaction: &BatchTransaction<'_>,
    messages: impl Iterator<Item = (BusinessId, MessageId)>,
) -> Result<Vec<Row>, StorageError> {
    let (businesses, ids): (Vec<Uuid>, Vec<Uuid>) = messages
        .map(|(business, message)| (business.as_uuid(), message.as_uuid()))
        .unzip();
    let Some((first, last)) = bounds(&ids) else {
        return Ok(Vec::new());
    };
    let statement = transaction.prepare_cached(LOCK).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &ids, &first, &last])
        .await?;
    rows.iter().map(read).collect()
}

/// The smallest and the largest id: by them the partitions of other months are skipped.
fn bounds(ids: &[Uuid]) -> Option<(Uuid, Uuid)> {
    Some((*ids.iter().min()?, *ids.iter().max()?))
}

fn read(row: &SqlRow) -> Result<Row, StorageError> {
    let state = MessageState::from_code(row.try_get(4)?).ok_or(StorageError::Corrupt {
        column: "messages.state",
    })?;
    Ok(Row {
        business_id: BusinessId::from_uuid(row.try_get(0)?),
        message_id: MessageId::from_uuid(row.try_get(1)?),
        campaign_id: row
            .try_get::<_, Option<Uuid>>(2)?
            .map(CampaignId::from_uuid),
        phone_number_id: row.try_get(3)?,
        state,
        before: state,
        sent_at: row.try_get(5)?,
        delivered_at: row.try_get(6)?,
        read_at: row.try_get(7)?,
        failed_at: row.try_get(8)?,
        has_wamid: row.try_get(9)?,
        error_code: row.try_get(10)?,
        error_sealed: None,
        wamid_sealed: None,
        pricing_category: row.try_get(11)?,
        pricing_type: row.try_get(12)?,
        billable: row.try_get(13)?,
        submitted_at: row.try_get(14)?,
        throttled: None,
        recipient_hash: recipient_hash(row.try_get(15)?)?,
        hash_version: row.try_get(16)?,
        refused_at: None,
        changed: false,
        entries: Vec::new(),
    })
}

fn recipient_hash(bytes: &[u8]) -> Result<IdentifierHash, StorageError> {
    bytes.try_into().map_err(|_| StorageError::Corrupt {
        column: "messages.recipient_hash",
    })
}

/// Seals what the row keeps of a status that names a person.
async fn seal(store: &Store, row: &mut Row, update: &StatusUpdate) -> Result<(), StorageError> {
    let (keys, id) = (store.keys(row.business_id).await?, row.message_id.as_uuid());
    if !row.has_wamid {
        let seal_context = seal_contexts::message(row.business_id, &id, MessageColumn::Wamid);
        row.wamid_sealed = Some(keys.seal(&seal_context, update.detail.wamid.as_bytes())?);
        row.has_wamid = true;
        row.changed = true;
    }
    if let (MessageState::Failed, Some(error)) = (row.state, error_of(&update.detail)) {
        let seal_context = seal_contexts::message(row.business_id, &id, MessageColumn::Error);
        row.error_sealed = Some(keys.seal(&seal_context, error.to_string().as_bytes())?);
    }
    Ok(())
}

/// `{"title","details"}` of the first error, in Meta's words.
pub(super) fn error_of(detail: &StatusDetail) -> Option<serde_json::Value> {
    let error = detail.errors.as_ref()?.get(0)?;
    let details = error.pointer("/error_data/details");
    Some(serde_json::json!({"title": error.get("title"), "details": details}))
}

/// Writes the rows that changed, takes them off the due ones, and appends to the feed, which begins with `feed`.
pub(super) async fn write(
    transaction: &BatchTransaction<'_>,
    rows: &mut Vec<Row>,
    mut feed: Vec<FeedEntry>,
    now: DateTime<Utc>,
    outcome: &mut StatusOutcome,
) -> Result<(), StorageError> {
    rows.retain(|row| row.changed);
    if rows.is_empty() {
        return events::append(transaction, now, &feed).await;
    }
    update(transaction, rows, now).await?;
    let settled = |row: &&Row| row.state.is_delivery() && !row.before.is_delivery();
    let due: (Vec<Uuid>, Vec<Uuid>) = rows
        .iter()
        .filter(settled)
        .map(|row| (row.business_id.as_uuid(), row.message_id.as_uuid()))
        .unzip();
    if !due.0.is_empty() {
        let statement = transaction.prepare_cached(SETTLE).await?;
        transaction.execute(&statement, &[&due.0, &due.1]).await?;
    }
    outcome.changed += rows.len();
    outcome.doubts_resolved += rows
        .iter()
        .filter(settled)
        .filter(|row| row.before == MessageState::Unknown)
        .count();
    feed.extend(who::note_refusals(transaction, rows, now).await?);
    let entries = rows
        .iter_mut()
        .flat_map(|row| std::mem::take(&mut row.entries));
    feed.extend(entries);
    events::append(transaction, now, &feed).await?;
    outcome.slowed_numbers += send_rate::slow_down_for(transaction, &throttled(rows)?).await?;
    Ok(())
}

async fn update(
    transaction: &BatchTransaction<'_>,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    fn column<'a, T>(rows: &'a [Row], value: impl Fn(&'a Row) -> T) -> Vec<T> {
        rows.iter().map(value).collect()
    }
    let ids = column(rows, |row| row.message_id.as_uuid());
    let Some((first, last)) = bounds(&ids) else {
        return Ok(());
    };
    let businesses = column(rows, |row| row.business_id.as_uuid());
    let statement = transaction.prepare_cached(UPDATE).await?;
    transaction
        .execute(
            &statement,
            &[
                &businesses,
                &ids,
                &column(rows, |row| row.state.code()),
                &column(rows, |row| row.sent_at),
                &column(rows, |row| row.delivered_at),
                &column(rows, |row| row.read_at),
                &column(rows, |row| row.failed_at),
                &column(rows, |row| row.error_code),
                &column(rows, |row| row.error_sealed.as_deref()),
                &column(rows, |row| row.wamid_sealed.as_deref()),
                &column(rows, |row| row.pricing_category.as_deref()),
                &column(rows, |row| row.pricing_type.as_deref()),
                &column(rows, |row| row.billable),
                &first,
                &last,
                &now,
            ],
        )
        .await?;
    Ok(())
}

/// The numbers that sent too much, with when the last such message left.
fn throttled(rows: &[Row]) -> Result<BTreeMap<NumberKey, DateTime<Utc>>, StorageError> {
    let mut numbers: BTreeMap<NumberKey, DateTime<Utc>> = BTreeMap::new();
    for row in rows {
        let Some(left_at) = row.throttled else {
            continue;
        };
        let number = row
            .phone_number_id
            .parse()
            .map_err(|_| StorageError::Corrupt {
                column: "messages.phone_number_id",
            })?;
        let last = numbers.entry((row.business_id, number)).or_insert(left_at);
        *last = left_at.max(*last);
    }
    Ok(numbers)
}
