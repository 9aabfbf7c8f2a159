//! Reads the contacts that some identifiers name.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use common::contact::{ContactBook, Identifier, IdentifierHash, IdentifierKind};
use common::ids::{BusinessId, ContactId};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::transitions::corrupt;
use database::BatchTransaction;
use database::StorageError;

// Three statements and not one: a plan that joins all of it may find rows by their business alone, because the business is
// the same on all sides (decision 021).
const NAMED: &str = "
    select distinct i.business_id, i.contact_id
    from (select * from unnest($1::uuid[], $2::bytea[]) limit cardinality($1)) as a (business_id, hash)
    join contact_identifiers i on i.business_id = a.business_id and i.hash = a.hash and i.until is null";
const IDENTIFIERS: &str = "
    select i.business_id, i.contact_id, i.hash, i.hash_version, i.kind, i.waba_id, i.post_to_sealed
    from (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as a (business_id, contact_id)
    join contact_identifiers i on i.business_id = a.business_id and i.contact_id = a.contact_id and i.until is null
    order by i.since, i.hash";
const LAST_SEEN: &str = "
    select c.business_id, c.contact_id, c.last_seen_at
    from (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as a (business_id, contact_id)
    join contacts c on c.business_id = a.business_id and c.contact_id = a.contact_id";

/// The contacts of one business that evidence is about.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) book: ContactBook,
    pub(super) rows: HashMap<IdentifierHash, StoredIdentifier>,
    pub(super) last_seen: HashMap<ContactId, DateTime<Utc>>,
}

/// What is stored of an identifier.
#[derive(Clone)]
pub(super) struct StoredIdentifier {
    pub(super) contact_id: ContactId,
    pub(super) hash_version: i16,
    pub(super) post_to_sealed: Option<Vec<u8>>,
}

/// Reads what is known of the people that some identifiers name; every business that is asked about has an entry.
pub(super) async fn load(
    transaction: &BatchTransaction<'_>,
    asked: impl IntoIterator<Item = (BusinessId, IdentifierHash)>,
) -> Result<BTreeMap<BusinessId, Loaded>, StorageError> {
    let mut loaded: BTreeMap<BusinessId, Loaded> = BTreeMap::new();
    let (mut businesses, mut hashes): (Vec<Uuid>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
    for (business_id, hash) in asked {
        loaded.entry(business_id).or_default();
        businesses.push(business_id.as_uuid());
        hashes.push(hash.to_vec());
    }
    let statement = transaction.prepare_cached(NAMED).await?;
    let named = transaction
        .query(&statement, &[&businesses, &hashes])
        .await?;
    let (mut businesses, mut contacts): (Vec<Uuid>, Vec<Uuid>) = (Vec::new(), Vec::new());
    for row in &named {
        businesses.push(row.try_get(0)?);
        contacts.push(row.try_get(1)?);
    }
    if contacts.is_empty() {
        return Ok(loaded);
    }
    let statement = transaction.prepare_cached(IDENTIFIERS).await?;
    for row in transaction
        .query(&statement, &[&businesses, &contacts])
        .await?
    {
        let business_id = BusinessId::from_uuid(row.try_get(0)?);
        loaded.entry(business_id).or_default().take_in(&row)?;
    }
    let statement = transaction.prepare_cached(LAST_SEEN).await?;
    for row in transaction
        .query(&statement, &[&businesses, &contacts])
        .await?
    {
        let of_business = loaded
            .entry(BusinessId::from_uuid(row.try_get(0)?))
            .or_default();
        let contact_id = ContactId::from_uuid(row.try_get(1)?);
        of_business.last_seen.insert(contact_id, row.try_get(2)?);
    }
    Ok(loaded)
}

impl Loaded {
    fn take_in(&mut self, row: &Row) -> Result<(), StorageError> {
        let contact_id = ContactId::from_uuid(row.try_get(1)?);
        let hash = hash(row.try_get(2)?)?;
        let waba_id: Option<&str> = row.try_get(5)?;
        let identifier = Identifier {
            hash,
            kind: IdentifierKind::from_code(row.try_get(4)?)
                .ok_or(corrupt("contact_identifiers.kind"))?,
            waba_id: waba_id.and_then(|text| text.parse().ok()),
        };
        self.book.load(contact_id, identifier);
        let stored = StoredIdentifier {
            contact_id,
            hash_version: row.try_get(3)?,
            post_to_sealed: row.try_get(6)?,
        };
        self.rows.insert(hash, stored);
        Ok(())
    }
}

/// A hash as it is stored.
fn hash(bytes: &[u8]) -> Result<IdentifierHash, StorageError> {
    bytes
        .try_into()
        .map_err(|_| corrupt("contact_identifiers.hash"))
}
