//! Writes what links changed, for one business.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::contact::{Contact, IdentifierHash};
use common::ids::{BusinessId, ContactId};
use sealing::BusinessKeys;
use uuid::Uuid;

use super::load::Loaded;
use super::plan::Plan;
use database::StorageError;
use database::seal_contexts::{self, IdentifierColumn};
use database::{BatchTransaction, Store};

const CREATE: &str = "
    insert into contacts (business_id, contact_id, created_at, last_seen_at)
    select $1, c, $3, $3 from unnest($2::uuid[]) as c";
// A number may come back to a contact that it left: the row of then gives way.
const FORGET_FORMER: &str = "
    delete from contact_identifiers f using contact_identifiers i
    where f.business_id = $1 and f.contact_id = $3 and f.until is not null
        and i.business_id = $1 and i.contact_id = $2 and i.hash = f.hash";
const MERGE: &str = "
    update contact_identifiers set contact_id = $3 where business_id = $1 and contact_id = $2";
const DELETE: &str = "delete from contacts where business_id = $1 and contact_id = any($2)";
// The business is joined, not compared with a constant: by the constant alone the plan would read all of its identifiers.
const LEAVE: &str = "
    update contact_identifiers i set until = $4, pair_hash = null, post_to_sealed = null
    from (select $1::uuid, * from unnest($2::bytea[], $3::uuid[]) limit cardinality($2)) as l (business_id, hash, contact_id)
    where i.business_id = l.business_id and i.hash = l.hash and i.contact_id = l.contact_id and i.until is null";
const ADD: &str = "
    insert into contact_identifiers
        (business_id, hash, hash_version, kind, contact_id, sealed, waba_id, source, since)
    select $1, hash, hash_version, kind, contact_id, sealed, waba_id, source, $9
    from unnest($2::bytea[], $3::smallint[], $4::smallint[], $5::uuid[], $6::bytea[], $7::text[], $8::smallint[])
        as a (hash, hash_version, kind, contact_id, sealed, waba_id, source)
    on conflict (business_id, hash, contact_id) do update
        set kind = excluded.kind, sealed = excluded.sealed, source = excluded.source, since = excluded.since, until = null";
const CONFIRM: &str = "
    update contact_identifiers i set kind = c.kind, sealed = c.sealed
    from (select $1::uuid, * from unnest($2::bytea[], $3::smallint[], $4::bytea[]) limit cardinality($2))
        as c (business_id, hash, kind, sealed)
    where i.business_id = c.business_id and i.hash = c.hash and i.until is null";
const POST_TO: &str = "
    update contact_identifiers i set post_to_sealed = p.sealed
    from (select $1::uuid, * from unnest($2::bytea[], $3::bytea[]) limit cardinality($2)) as p (business_id, hash, sealed)
    where i.business_id = p.business_id and i.hash = p.hash and i.until is null";
const PAIRS: &str = "
    update contact_identifiers i set pair_hash = p.pair_hash
    from (select $1::uuid, * from unnest($2::bytea[], $3::bytea[]) limit cardinality($2))
        as p (business_id, hash, pair_hash)
    where i.business_id = p.business_id and i.hash = p.hash and i.until is null and i.pair_hash is distinct from p.pair_hash";

/// Writes a plan.
pub(super) async fn apply(
    store: &Store,
    transaction: &BatchTransaction<'_>,
    business_id: BusinessId,
    loaded: &Loaded,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if plan.is_empty() {
        return Ok(());
    }
    let keys = store.keys(business_id).await?;
    let business = business_id.as_uuid();
    if !plan.created.is_empty() {
        let ids: Vec<Uuid> = plan.created.iter().map(ContactId::as_uuid).collect();
        let statement = transaction.prepare_cached(CREATE).await?;
        transaction
            .execute(&statement, &[&business, &ids, &now])
            .await?;
    }
    merge(transaction, business, plan).await?;
    leave(transaction, business, plan, now).await?;
    add(transaction, &keys, business_id, plan, now).await?;
    confirm(transaction, &keys, business_id, plan).await?;
    post_to(transaction, &keys, business_id, plan).await?;
    pairs(transaction, business, loaded, plan).await
}

async fn merge(
    transaction: &BatchTransaction<'_>,
    business: Uuid,
    plan: &Plan,
) -> Result<(), StorageError> {
    if plan.merged.is_empty() {
        return Ok(());
    }
    let forget = transaction.prepare_cached(FORGET_FORMER).await?;
    let merge = transaction.prepare_cached(MERGE).await?;
    for (from, into) in &plan.merged {
        let (from, into) = (from.as_uuid(), into.as_uuid());
        transaction
            .execute(&forget, &[&business, &from, &into])
            .await?;
        transaction
            .execute(&merge, &[&business, &from, &into])
            .await?;
    }
    let gone: Vec<Uuid> = plan.merged.iter().map(|(from, _)| from.as_uuid()).collect();
    let statement = transaction.prepare_cached(DELETE).await?;
    transaction.execute(&statement, &[&business, &gone]).await?;
    Ok(())
}

async fn leave(
    transaction: &BatchTransaction<'_>,
    business: Uuid,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if plan.left.is_empty() {
        return Ok(());
    }
    let hashes: Vec<&[u8]> = plan.left.iter().map(|left| left.hash.as_slice()).collect();
    let contacts: Vec<Uuid> = plan
        .left
        .iter()
        .map(|left| left.contact_id.as_uuid())
        .collect();
    let statement = transaction.prepare_cached(LEAVE).await?;
    transaction
        .execute(&statement, &[&business, &hashes, &contacts, &now])
        .await?;
    Ok(())
}

async fn add(
    transaction: &BatchTransaction<'_>,
    keys: &BusinessKeys,
    business_id: BusinessId,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if plan.added.is_empty() {
        return Ok(());
    }
    let added = &plan.added;
    let hashes: Vec<&[u8]> = added
        .iter()
        .map(|(named, ..)| named.identifier.hash.as_slice())
        .collect();
    let versions: Vec<i16> = added.iter().map(|(named, ..)| named.hash_version).collect();
    let kinds: Vec<i16> = added
        .iter()
        .map(|(named, ..)| named.identifier.kind.code())
        .collect();
    let contacts: Vec<Uuid> = added
        .iter()
        .map(|(_, _, contact)| contact.as_uuid())
        .collect();
    let sealed = added
        .iter()
        .map(|(named, ..)| {
            seal(
                keys,
                business_id,
                &named.hash(),
                IdentifierColumn::Itself,
                &named.text,
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    let accounts: Vec<Option<&str>> = added
        .iter()
        .map(|(named, ..)| {
            named
                .identifier
                .waba_id
                .as_ref()
                .map(common::ids::WabaId::as_str)
        })
        .collect();
    let sources: Vec<i16> = added.iter().map(|(_, source, _)| source.code()).collect();
    let statement = transaction.prepare_cached(ADD).await?;
    let business = business_id.as_uuid();
    transaction
        .execute(
            &statement,
            &[
                &business, &hashes, &versions, &kinds, &contacts, &sealed, &accounts, &sources,
                &now,
            ],
        )
        .await?;
    Ok(())
}

async fn confirm(
    transaction: &BatchTransaction<'_>,
    keys: &BusinessKeys,
    business_id: BusinessId,
    plan: &Plan,
) -> Result<(), StorageError> {
    if plan.confirmed.is_empty() {
        return Ok(());
    }
    let hashes: Vec<&[u8]> = plan
        .confirmed
        .iter()
        .map(|named| named.identifier.hash.as_slice())
        .collect();
    let kinds: Vec<i16> = plan
        .confirmed
        .iter()
        .map(|named| named.identifier.kind.code())
        .collect();
    let sealed = plan
        .confirmed
        .iter()
        .map(|named| {
            seal(
                keys,
                business_id,
                &named.hash(),
                IdentifierColumn::Itself,
                &named.text,
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    let statement = transaction.prepare_cached(CONFIRM).await?;
    transaction
        .execute(
            &statement,
            &[&business_id.as_uuid(), &hashes, &kinds, &sealed],
        )
        .await?;
    Ok(())
}

async fn post_to(
    transaction: &BatchTransaction<'_>,
    keys: &BusinessKeys,
    business_id: BusinessId,
    plan: &Plan,
) -> Result<(), StorageError> {
    if plan.post_to.is_empty() {
        return Ok(());
    }
    let hashes: Vec<&[u8]> = plan.post_to.keys().map(<[u8; 32]>::as_slice).collect();
    let sealed = plan
        .post_to
        .iter()
        .map(|(hash, number)| seal(keys, business_id, hash, IdentifierColumn::PostTo, number))
        .collect::<Result<Vec<_>, _>>()?;
    let statement = transaction.prepare_cached(POST_TO).await?;
    transaction
        .execute(&statement, &[&business_id.as_uuid(), &hashes, &sealed])
        .await?;
    Ok(())
}

/// Whoever can be written to in several ways is one pair with a number all the same.
async fn pairs(
    transaction: &BatchTransaction<'_>,
    business: Uuid,
    loaded: &Loaded,
    plan: &Plan,
) -> Result<(), StorageError> {
    let contacts = plan
        .changed
        .iter()
        .filter_map(|id| loaded.book.contact(*id));
    let pairs: BTreeMap<IdentifierHash, Option<IdentifierHash>> =
        contacts.flat_map(pairs_of).collect();
    if pairs.is_empty() {
        return Ok(());
    }
    let hashes: Vec<&[u8]> = pairs.keys().map(<[u8; 32]>::as_slice).collect();
    let first: Vec<Option<&[u8]>> = pairs
        .values()
        .map(|pair| pair.as_ref().map(<[u8; 32]>::as_slice))
        .collect();
    let statement = transaction.prepare_cached(PAIRS).await?;
    transaction
        .execute(&statement, &[&business, &hashes, &first])
        .await?;
    Ok(())
}

/// The pair of each identifier of a contact: its first number, which needs none while it is the only one.
fn pairs_of(contact: &Contact) -> Vec<(IdentifierHash, Option<IdentifierHash>)> {
    let numbers = contact.numbers();
    let first = numbers.first().copied();
    let hashes = contact.hashes().into_iter();
    hashes
        .map(|hash| {
            let is_only_number = numbers.as_slice() == [hash];
            (hash, first.filter(|_| !is_only_number))
        })
        .collect()
}

fn seal(
    keys: &BusinessKeys,
    business_id: BusinessId,
    hash: &IdentifierHash,
    column: IdentifierColumn,
    text: &str,
) -> Result<Vec<u8>, StorageError> {
    let seal_context = seal_contexts::contact_identifier(business_id, hash, column);
    Ok(keys.seal(&seal_context, text.as_bytes())?)
}
