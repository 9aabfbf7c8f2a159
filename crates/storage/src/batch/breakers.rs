//! The breakers of numbers that are open, with what it takes to ask Meta about the number.
//!
//! A breaker is opened by the recording of a result (`results::Stop::Doubted`). It is closed here, or with the number: by
//! a stop, or when the number is connected anew.

use chrono::{DateTime, Utc};
use common::ids::{BusinessId, PhoneNumberId, WabaId};
use common::secret::AccessToken;
use serde_json::json;

use super::events::{self, EventType, NewEvent};
use super::moves::corrupt;
use crate::error::StorageError;
use crate::places;
use crate::store::{BatchRole, Store};

const OPEN: &str = "
    select n.business_id, n.phone_number_id, n.waba_id, a.token_sealed, a.fingerprint
    from phone_numbers n join access_tokens a on a.business_id = n.business_id and a.waba_id = n.waba_id
    where n.connection = 1 and n.breaker_opened_at is not null
    order by n.business_id, n.phone_number_id";
const CLOSE: &str = "
    update phone_numbers set breaker_opened_at = null, breaker_reason = null
    where business_id = $1 and phone_number_id = $2 and breaker_opened_at is not null";

/// A number whose breaker is open.
pub struct OpenBreaker {
    /// Whose number it is.
    pub business_id: BusinessId,
    /// The number.
    pub phone_number_id: PhoneNumberId,
    /// Its account.
    pub waba_id: WabaId,
    /// Tells the token apart from another.
    pub token_fingerprint: String,
    token_sealed: Vec<u8>,
}

impl OpenBreaker {
    /// The token to ask Meta with.
    ///
    /// # Errors
    /// When the keys cannot be read, or the token does not open with them.
    pub async fn token(&self, store: &Store) -> Result<AccessToken, StorageError> {
        let keys = store.keys(self.business_id).await?;
        let place = places::access_token(self.business_id, &self.waba_id);
        let token = keys.open(&place, &self.token_sealed)?;
        let token = str::from_utf8(&token).map_err(|_| corrupt("access_tokens.token_sealed"))?;
        Ok(AccessToken::new(token.to_owned()))
    }
}

/// The numbers whose breaker is open.
///
/// # Errors
/// When the database is not available.
pub async fn open(store: &Store) -> Result<Vec<OpenBreaker>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(OPEN).await?;
    let rows = transaction.query(&statement, &[]).await?;
    let breaker = |row: &tokio_postgres::Row| {
        let (number, waba_id): (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
        Ok(OpenBreaker {
            business_id: BusinessId::from_uuid(row.try_get(0)?),
            phone_number_id: number
                .parse()
                .map_err(|_| corrupt("phone_numbers.phone_number_id"))?,
            waba_id: waba_id
                .parse()
                .map_err(|_| corrupt("phone_numbers.waba_id"))?,
            token_sealed: row.try_get(3)?,
            token_fingerprint: row.try_get(4)?,
        })
    };
    rows.iter().map(breaker).collect()
}

/// Closes a breaker; the reaper frees what the number held. Whether it was open.
///
/// # Errors
/// When the database is not available.
pub async fn close(
    store: &Store,
    now: DateTime<Utc>,
    breaker: &OpenBreaker,
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
    let data = json!({"phone_number_id": number});
    let told = NewEvent::new(business_id, EventType::NumberBreakerClosed, data, now);
    events::append(&transaction, now, &[told]).await?;
    transaction.commit().await?;
    Ok(true)
}
