//! The breakers of numbers that are open, with what it takes to ask Meta about the number.
//!
//! A breaker is opened by the recording of a result (`results::Stop::Doubted`). It is closed here, or with the number: by
//! a stop, or when the number is connected anew.

use crate::conditions::{BREAKER_CLOSED, NUMBER_NOT_STOPPED};
use chrono::{DateTime, Utc};
use common::feed::{FeedEvent, NumberEvent};
use const_format::formatcp;

use super::events;
use super::number_credentials::NumberCredentials;
use database::StorageError;
use database::{BatchRole, Store};
use storage::events::FeedEntry;

const OPEN: &str = formatcp!("
    select n.business_id, n.phone_number_id, n.waba_id, a.token_sealed, a.fingerprint
    from phone_numbers n join access_tokens a on a.business_id = n.business_id and a.waba_id = n.waba_id
    where {NUMBER_NOT_STOPPED} and not ({BREAKER_CLOSED})
    order by n.business_id, n.phone_number_id");
const CLOSE: &str = "
    update phone_numbers set breaker_opened_at = null, breaker_reason = null
    where business_id = $1 and phone_number_id = $2 and breaker_opened_at is not null";

/// The numbers whose breaker is open.
///
/// # Errors
/// When the database is not available.
pub async fn open(store: &Store) -> Result<Vec<NumberCredentials>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(OPEN).await?;
    let rows = transaction.query(&statement, &[]).await?;
    rows.iter().map(NumberCredentials::read).collect()
}

/// Closes a breaker; the reaper frees what the number held. Whether it was open.
///
/// # Errors
/// When the database is not available.
pub async fn close(
    store: &Store,
    now: DateTime<Utc>,
    breaker: &NumberCredentials,
) -> Result<bool, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let (business_id, number) = (breaker.business_id, breaker.phone_number_id.as_str());
    let closed = transaction
        .execute(CLOSE, &[&business_id.as_uuid(), &number])
        .await?;
    if closed == 0 {
        return Ok(false);
    }
    let entry = FeedEntry {
        business_id,
        event: FeedEvent::Number {
            phone_number_id: breaker.phone_number_id.clone(),
            event: NumberEvent::BreakerClosed {},
        },
        occurred_at: now,
    };
    events::append(&transaction, now, &[entry]).await?;
    transaction.commit().await?;
    Ok(true)
}
