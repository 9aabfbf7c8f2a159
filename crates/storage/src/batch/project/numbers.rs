//! Which business a number belongs to.

use std::collections::HashMap;

use common::ids::{BusinessId, PhoneNumberId};

use crate::error::StorageError;
use crate::store::BatchTransaction;

/// The businesses of the numbers; a number of nobody is absent.
pub(super) async fn businesses_of(
    transaction: &BatchTransaction<'_>,
    numbers: impl Iterator<Item = &PhoneNumberId>,
) -> Result<HashMap<PhoneNumberId, BusinessId>, StorageError> {
    let mut wanted: Vec<&str> = numbers.map(PhoneNumberId::as_str).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let statement = transaction
        .prepare_cached(
            "select phone_number_id, business_id from phone_numbers where phone_number_id = any($1)",
        )
        .await?;
    let rows = transaction.query(&statement, &[&wanted]).await?;
    let mut owners = HashMap::with_capacity(rows.len());
    for row in rows {
        let (number, business): (&str, uuid::Uuid) = (row.try_get(0)?, row.try_get(1)?);
        if let Ok(number) = number.parse() {
            owners.insert(number, BusinessId::from_uuid(business));
        }
    }
    Ok(owners)
}
