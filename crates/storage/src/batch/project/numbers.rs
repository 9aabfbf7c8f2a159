//! Which business a number belongs to.

use std::collections::HashMap;

use common::ids::{BusinessId, PhoneNumberId, WabaId};

use crate::batch::moves::corrupt;
use crate::error::StorageError;
use crate::store::BatchTransaction;

/// Whose number it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) business_id: BusinessId,
    pub(super) waba_id: WabaId,
}

/// The owners of numbers; a number of nobody is absent.
pub(super) async fn owners_of(
    transaction: &BatchTransaction<'_>,
    numbers: impl Iterator<Item = &PhoneNumberId>,
) -> Result<HashMap<PhoneNumberId, Owner>, StorageError> {
    let mut wanted: Vec<&str> = numbers.map(PhoneNumberId::as_str).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let statement = transaction
        .prepare_cached(
            "select phone_number_id, business_id, waba_id from phone_numbers where phone_number_id = any($1)",
        )
        .await?;
    let rows = transaction.query(&statement, &[&wanted]).await?;
    let mut owners = HashMap::with_capacity(rows.len());
    for row in rows {
        let (number, business, waba): (&str, uuid::Uuid, &str) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let number = number
            .parse()
            .map_err(|_| corrupt("phone_numbers.phone_number_id"))?;
        let owner = Owner {
            business_id: BusinessId::from_uuid(business),
            waba_id: waba.parse().map_err(|_| corrupt("phone_numbers.waba_id"))?,
        };
        owners.insert(number, owner);
    }
    Ok(owners)
}
