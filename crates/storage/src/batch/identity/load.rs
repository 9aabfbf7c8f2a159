//! Reads the contacts that some identifiers name.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use common::contact::{ContactBook, Identifier, IdentifierHash, IdentifierKind};
use common::ids::{BusinessId, ContactId};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::batch::moves::corrupt;
use crate::error::StorageError;
use crate::store::BatchTransaction;

// All identifiers of the contacts that are named.
const LOAD: &str = "
    select distinct i.business_id, i.contact_id, i.hash, i.hash_version, i.kind, i.waba_id, i.post_to_sealed, i.since,
        c.last_seen_at
    from (select * from unnest($1::uuid[], $2::bytea[]) limit cardinality($1)) as a (business_id, hash)
    join contact_identifiers n on n.business_id = a.business_id and n.hash = a.hash and n.until is null
    join contact_identifiers i on i.business_id = n.business_id and i.contact_id = n.contact_id and i.until is null
    join contacts c on c.business_id = i.business_id and c.contact_id = i.contact_id
    order by i.since, i.hash";

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
    let statement = transaction.prepare_cached(LOAD).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &hashes])
        .await?;
    for row in &rows {
        let business_id = BusinessId::from_uuid(row.try_get(0)?);
        loaded.entry(business_id).or_default().take_in(row)?;
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
        self.last_seen.insert(contact_id, row.try_get(8)?);
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
