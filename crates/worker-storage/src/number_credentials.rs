//! A number that Meta is asked about, with what it takes to ask.

use common::ids::{BusinessId, PhoneNumberId, WabaId};
use common::secret::AccessToken;
use tokio_postgres::Row;

use super::transitions::corrupt;
use database::StorageError;
use database::Store;
use database::seal_contexts;

/// A number with the token of its account.
pub struct NumberCredentials {
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

impl NumberCredentials {
    /// Reads `business_id`, `phone_number_id`, `waba_id`, `token_sealed` and `fingerprint`, which stand first in the row.
    pub(super) fn read(row: &Row) -> Result<Self, StorageError> {
        let (number, waba_id): (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
        Ok(Self {
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
    }

    /// The token to ask Meta with.
    ///
    /// # Errors
    /// When the keys cannot be read, or the token does not open with them.
    pub async fn token(&self, store: &Store) -> Result<AccessToken, StorageError> {
        let keys = store.keys(self.business_id).await?;
        let seal_context = seal_contexts::access_token(self.business_id, &self.waba_id);
        let token = keys.open(&seal_context, &self.token_sealed)?;
        let token = str::from_utf8(&token).map_err(|_| corrupt("access_tokens.token_sealed"))?;
        Ok(AccessToken::new(token.to_owned()))
    }
}
