//! What an answer stops beside its message: the number, or the template; or for a while, all that its number has to send.
//!
//! A number is stopped only if its account still has the token that was refused: a new token may have been stored while
//! the answer was under way. Whoever changes both locks the number before it looks at the token: the statement that
//! stops a number begins after its lock was had, so it sees the token that is stored then.

use crate::codes::STOPPED;
use crate::conditions::{BREAKER_CLOSED, NUMBER_CONNECTED};
use const_format::formatcp;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::feed::{FeedEvent, NumberEvent, TemplateEvent, TemplateStatusChanged};
use common::ids::{BusinessId, PhoneNumberId, TemplateId};
use common::template::TemplateStatus;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Answer, Recorded};
use crate::events;
use crate::transitions::corrupt;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};
use storage::events::FeedEntry;

const LOCK_NUMBERS: &str = "
    select from phone_numbers n join unnest($1::uuid[], $2::text[]) as s (business_id, phone_number_id)
        on n.business_id = s.business_id and n.phone_number_id = s.phone_number_id
    order by n.business_id, n.phone_number_id for no key update of n";
const STOP_NUMBERS: &str = formatcp!("
    update phone_numbers n set connection = {STOPPED}, stopped_reason = s.reason, breaker_opened_at = null,
        breaker_reason = null
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as s (business_id, phone_number_id, fingerprint, reason)
    where n.business_id = s.business_id and n.phone_number_id = s.phone_number_id and {NUMBER_CONNECTED}
        and exists (select from access_tokens a where a.business_id = n.business_id and a.waba_id = n.waba_id
            and a.fingerprint = s.fingerprint)
    returning n.business_id, n.phone_number_id, s.reason");
const OPEN_BREAKERS: &str = formatcp!("
    update phone_numbers n set breaker_opened_at = $4, breaker_reason = s.reason
    from unnest($1::uuid[], $2::text[], $3::text[]) as s (business_id, phone_number_id, reason)
    where n.business_id = s.business_id and n.phone_number_id = s.phone_number_id and {NUMBER_CONNECTED}
        and {BREAKER_CLOSED}
    returning n.business_id, n.phone_number_id, s.reason");
const STOP_TEMPLATES: &str = "
    update templates t set status = s.status, status_note = null, status_until = null
    from unnest($1::uuid[], $2::text[], $3::text[]) as s (business_id, template_id, status)
    where t.business_id = s.business_id and t.template_id = s.template_id and t.status <> s.status
    returning t.business_id, t.template_id, s.status";

/// What an answer stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The number that the message left from.
    Number {
        /// The number.
        phone_number_id: PhoneNumberId,
        /// The token that it was posted with.
        token_fingerprint: String,
        /// Why, for the business.
        reason: String,
    },
    /// All that the number has to send, until Meta answers clearly: its breaker opens.
    Doubted {
        /// The number.
        phone_number_id: PhoneNumberId,
        /// Why, for the business.
        reason: String,
    },
    /// The template of the message.
    Template {
        /// What Meta's refusal says of the template.
        status: TemplateStatus,
        /// The template.
        template_id: TemplateId,
    },
}

type Numbers<'a> = BTreeMap<(BusinessId, &'a str), (&'a str, &'a str)>;
type Doubted<'a> = BTreeMap<(BusinessId, &'a str), &'a str>;
type Templates<'a> = BTreeMap<(BusinessId, &'a str), &'a str>;

/// Stops what the answers stop; the entries of the feed for it.
pub(super) async fn apply(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    answers: &[Answer],
    recorded: &mut Recorded,
) -> Result<Vec<FeedEntry>, StorageError> {
    let (mut numbers, mut doubted, mut templates) =
        (Numbers::new(), Doubted::new(), Templates::new());
    for answer in answers {
        match &answer.stop {
            Some(Stop::Number {
                phone_number_id,
                token_fingerprint,
                reason,
            }) => {
                numbers.insert(
                    (answer.business_id, phone_number_id.as_str()),
                    (token_fingerprint, reason),
                );
            }
            Some(Stop::Doubted {
                phone_number_id,
                reason,
            }) => {
                doubted.insert((answer.business_id, phone_number_id.as_str()), reason);
            }
            Some(Stop::Template {
                status,
                template_id,
            }) => {
                templates.insert((answer.business_id, template_id.as_str()), status.as_meta());
            }
            None => {}
        }
    }
    lock_numbers(transaction, numbers.keys().chain(doubted.keys())).await?;
    let mut entries = stop_numbers(transaction, now, &numbers).await?;
    recorded.stopped_numbers += entries.len();
    let opened = open_breakers(transaction, now, &doubted).await?;
    recorded.opened_breakers += opened.len();
    entries.extend(opened);
    entries.extend(stop_templates(transaction, now, &templates).await?);
    Ok(entries)
}

/// Stops a number for another reason than an answer to a message; how many were stopped: one, or none.
///
/// # Errors
/// When the database is not available.
pub async fn stop_number(
    store: &Store,
    now: DateTime<Utc>,
    business_id: BusinessId,
    phone_number_id: &PhoneNumberId,
    token_fingerprint: &str,
    reason: &str,
) -> Result<usize, StorageError> {
    let number = (business_id, phone_number_id.as_str());
    let numbers = Numbers::from([(number, (token_fingerprint, reason))]);
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    lock_numbers(&transaction, numbers.keys()).await?;
    let entries = stop_numbers(&transaction, now, &numbers).await?;
    events::append(&transaction, now, &entries).await?;
    transaction.commit().await?;
    Ok(entries.len())
}

/// Locks numbers in the order of their keys, whoever changes them and for whatever reason.
async fn lock_numbers<'a>(
    transaction: &BatchTransaction<'_>,
    numbers: impl Iterator<Item = &'a (BusinessId, &'a str)>,
) -> Result<(), StorageError> {
    let (businesses, ids): (Vec<Uuid>, Vec<&str>) = numbers
        .map(|(business_id, number)| (business_id.as_uuid(), *number))
        .unzip();
    if businesses.is_empty() {
        return Ok(());
    }
    let statement = transaction.prepare_cached(LOCK_NUMBERS).await?;
    transaction
        .execute(&statement, &[&businesses, &ids])
        .await?;
    Ok(())
}

async fn open_breakers(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    doubted: &Doubted<'_>,
) -> Result<Vec<FeedEntry>, StorageError> {
    if doubted.is_empty() {
        return Ok(Vec::new());
    }
    let (businesses, ids): (Vec<Uuid>, Vec<&str>) = doubted
        .keys()
        .map(|(business_id, number)| (business_id.as_uuid(), *number))
        .unzip();
    let reasons: Vec<&str> = doubted.values().copied().collect();
    let statement = transaction.prepare_cached(OPEN_BREAKERS).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &ids, &reasons, &now])
        .await?;
    rows.iter()
        .map(|row| number_entry(row, |reason| NumberEvent::BreakerOpened { reason }, now))
        .collect()
}

/// The entry of a changed number, from a row of its business, its id and the reason.
fn number_entry(
    row: &Row,
    event: impl FnOnce(String) -> NumberEvent,
    now: DateTime<Utc>,
) -> Result<FeedEntry, StorageError> {
    let number: &str = row.try_get(1)?;
    let phone_number_id = number
        .parse()
        .map_err(|_| corrupt("phone_numbers.phone_number_id"))?;
    Ok(FeedEntry {
        business_id: BusinessId::from_uuid(row.try_get(0)?),
        event: FeedEvent::Number {
            phone_number_id,
            event: event(row.try_get(2)?),
        },
        occurred_at: now,
    })
}

async fn stop_numbers(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    numbers: &Numbers<'_>,
) -> Result<Vec<FeedEntry>, StorageError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let businesses: Vec<Uuid> = numbers
        .keys()
        .map(|(business_id, _)| business_id.as_uuid())
        .collect();
    let ids: Vec<&str> = numbers.keys().map(|(_, number)| *number).collect();
    let fingerprints: Vec<&str> = numbers
        .values()
        .map(|(fingerprint, _)| *fingerprint)
        .collect();
    let reasons: Vec<&str> = numbers.values().map(|(_, reason)| *reason).collect();
    let statement = transaction.prepare_cached(STOP_NUMBERS).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &ids, &fingerprints, &reasons])
        .await?;
    rows.iter()
        .map(|row| number_entry(row, |reason| NumberEvent::Stopped { reason }, now))
        .collect()
}

async fn stop_templates(
    transaction: &BatchTransaction<'_>,
    now: DateTime<Utc>,
    templates: &Templates<'_>,
) -> Result<Vec<FeedEntry>, StorageError> {
    if templates.is_empty() {
        return Ok(Vec::new());
    }
    let businesses: Vec<Uuid> = templates
        .keys()
        .map(|(business_id, _)| business_id.as_uuid())
        .collect();
    let ids: Vec<&str> = templates.keys().map(|(_, template)| *template).collect();
    let statuses: Vec<&str> = templates.values().copied().collect();
    let statement = transaction.prepare_cached(STOP_TEMPLATES).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &ids, &statuses])
        .await?;
    let entries = rows.iter().map(|row| {
        let (template_id, status): (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
        let template_id = template_id.parse();
        Ok(FeedEntry {
            business_id: BusinessId::from_uuid(row.try_get(0)?),
            event: FeedEvent::Template(TemplateEvent::StatusChanged(TemplateStatusChanged::new(
                template_id.map_err(|_| corrupt("templates.template_id"))?,
                TemplateStatus::from_meta(status),
            ))),
            occurred_at: now,
        })
    });
    entries.collect()
}
