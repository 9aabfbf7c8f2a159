//! Which businesses a number belongs and belonged to.

use crate::codes::DISCONNECTED;
use const_format::formatcp;
use std::collections::{BTreeSet, HashMap};

use common::ids::{BusinessId, PhoneNumberId, WabaId};

use crate::transitions::corrupt;
use database::BatchTransaction;
use database::StorageError;

const OWNERS: &str = formatcp!(
    "
    select phone_number_id, business_id, waba_id, connection <> {DISCONNECTED} from phone_numbers
    where phone_number_id = any($1)"
);

/// Whose number it is, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) business_id: BusinessId,
    pub(super) waba_id: WabaId,
}

/// The businesses of numbers: at most one has a number at present, and others may have had it before.
pub(super) struct Owners(HashMap<PhoneNumberId, OfNumber>);

#[derive(Default)]
struct OfNumber {
    all: Vec<Owner>,
    /// Its place among all.
    present: Option<usize>,
}

impl Owners {
    /// Who has the number at present: what clients write to it is theirs.
    pub(super) fn present(&self, number: &PhoneNumberId) -> Option<&Owner> {
        let owners = self.0.get(number)?;
        owners.all.get(owners.present?)
    }

    /// Everybody who has a number at present.
    pub(super) fn present_businesses(&self) -> BTreeSet<BusinessId> {
        let present = self.0.keys().filter_map(|number| self.present(number));
        present.map(|owner| owner.business_id).collect()
    }

    /// All that have or had the number: a status is theirs whose message it is of.
    pub(super) fn all(&self, number: &PhoneNumberId) -> &[Owner] {
        self.0
            .get(number)
            .map(|owners| owners.all.as_slice())
            .unwrap_or_default()
    }

    /// Whether a status of the number that names no known message is kept for the business: for the one that has it.
    pub(super) fn keeps(&self, number: &PhoneNumberId, business_id: BusinessId) -> bool {
        self.present(number)
            .is_none_or(|present| present.business_id == business_id)
    }
}

/// The owners of the numbers; a number of nobody is absent.
pub(super) async fn owners_of(
    transaction: &BatchTransaction<'_>,
    numbers: impl Iterator<Item = &PhoneNumberId>,
) -> Result<Owners, StorageError> {
    let mut wanted: Vec<&str> = numbers.map(PhoneNumberId::as_str).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let statement = transaction.prepare_cached(OWNERS).await?;
    let rows = transaction.query(&statement, &[&wanted]).await?;
    let mut owners: HashMap<PhoneNumberId, OfNumber> = HashMap::with_capacity(rows.len());
    for row in rows {
        let (number, business, waba): (&str, uuid::Uuid, &str) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let number = number
            .parse()
            .map_err(|_| corrupt("phone_numbers.phone_number_id"))?;
        let of_number = owners.entry(number).or_default();
        if row.try_get(3)? {
            of_number.present = Some(of_number.all.len());
        }
        of_number.all.push(Owner {
            business_id: BusinessId::from_uuid(business),
            waba_id: waba.parse().map_err(|_| corrupt("phone_numbers.waba_id"))?,
        });
    }
    Ok(Owners(owners))
}
