//! By which identifiers Meta names the contacts of a business, as a request path asks for them.
//!
//! An identifier is known by its look-up hash ([`crate::lookup`]). Which ones name the same contact is decided where
//! evidence is stored; here it is only read.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::error::StorageError;
use crate::schema::contact_identifiers;
use crate::scope::{BusinessScope, ScopedTransaction};

/// Which of the hashes are identifiers by which a contact of the business is named, or was.
///
/// # Errors
/// When the database is not available.
pub async fn known_hashes(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    hashes: &[Vec<u8>],
) -> Result<HashSet<Vec<u8>>, StorageError> {
    if hashes.is_empty() {
        return Ok(HashSet::new());
    }
    let known: Vec<Vec<u8>> = contact_identifiers::table
        .filter(scope.owns(contact_identifiers::business_id))
        .filter(contact_identifiers::hash.eq_any(hashes))
        .select(contact_identifiers::hash)
        .load(&mut **transaction)
        .await?;
    Ok(known.into_iter().collect())
}

/// For each of the hashes that names a contact today: the hashes of all identifiers that name the same contact today, its
/// own among them.
///
/// # Errors
/// When the database is not available.
pub async fn sibling_hashes(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    hashes: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, HashSet<Vec<u8>>>, StorageError> {
    if hashes.is_empty() {
        return Ok(HashMap::new());
    }
    let asked: Vec<(Vec<u8>, Uuid)> = contact_identifiers::table
        .filter(scope.owns(contact_identifiers::business_id))
        .filter(contact_identifiers::hash.eq_any(hashes))
        .filter(contact_identifiers::until.is_null())
        .select((contact_identifiers::hash, contact_identifiers::contact_id))
        .load(&mut **transaction)
        .await?;
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let contacts = asked.iter().map(|(_, contact_id)| *contact_id);
    let named: Vec<(Uuid, Vec<u8>)> = contact_identifiers::table
        .filter(scope.owns(contact_identifiers::business_id))
        .filter(contact_identifiers::contact_id.eq_any(contacts))
        .filter(contact_identifiers::until.is_null())
        .select((contact_identifiers::contact_id, contact_identifiers::hash))
        .load(&mut **transaction)
        .await?;
    let mut by_contact: HashMap<Uuid, HashSet<Vec<u8>>> = HashMap::new();
    for (contact_id, hash) in named {
        by_contact.entry(contact_id).or_default().insert(hash);
    }
    let mut siblings: HashMap<Vec<u8>, HashSet<Vec<u8>>> = HashMap::new();
    for (hash, contact_id) in asked {
        let of_contact = by_contact.get(&contact_id).into_iter().flatten().cloned();
        siblings.entry(hash).or_default().extend(of_contact);
    }
    Ok(siblings)
}
