//! By which identifiers Meta names the contacts of a business, as a request path asks for them; and erasing them.
//!
//! An identifier is known by its look-up hash ([`database::lookup`]). Which ones name the same contact is decided where
//! evidence is stored (`worker_storage`'s `identity`).

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use database::StorageError;
use database::schema::{contact_identifiers, contacts, inbound_messages, service_windows};
use database::{BusinessScope, ScopedTransaction};

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

/// What was erased of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Identifiers, those that the person had before among them.
    pub identifiers: usize,
    /// Messages of the person whose content is gone.
    pub inbound_messages: usize,
}

/// Erases the person whom any of the hashes names: all linked identifiers, the windows, and what the person wrote. Opt-outs
/// stay, as hashes: they must outlive the person's record.
///
/// # Errors
/// When the database is not available: nothing was erased.
pub async fn erase(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    hashes: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<Erased, StorageError> {
    // Whoever links identifiers of the business waits, and is waited for (`identity::lock` of `worker-storage`).
    diesel::sql_query("select pg_advisory_xact_lock(hashtextextended('contacts ' || $1, 0))")
        .bind::<Text, _>(scope.business_id().to_string())
        .execute(&mut **transaction)
        .await?;
    let people: Vec<Uuid> = contact_identifiers::table
        .filter(scope.owns(contact_identifiers::business_id))
        .filter(contact_identifiers::hash.eq_any(hashes))
        .filter(contact_identifiers::until.is_null())
        .select(contact_identifiers::contact_id)
        .load(&mut **transaction)
        .await?;
    let named: Vec<Vec<u8>> = contact_identifiers::table
        .filter(scope.owns(contact_identifiers::business_id))
        .filter(contact_identifiers::contact_id.eq_any(&people))
        .select(contact_identifiers::hash)
        .load(&mut **transaction)
        .await?;
    let identifiers = named.len();
    diesel::delete(contacts::table)
        .filter(scope.owns(contacts::business_id))
        .filter(contacts::contact_id.eq_any(&people))
        .execute(&mut **transaction)
        .await?;
    let all: Vec<Vec<u8>> = named.into_iter().chain(hashes.iter().cloned()).collect();
    diesel::delete(service_windows::table)
        .filter(scope.owns(service_windows::business_id))
        .filter(service_windows::contact_hash.eq_any(&all))
        .execute(&mut **transaction)
        .await?;
    let inbound_messages = diesel::update(inbound_messages::table)
        .filter(scope.owns(inbound_messages::business_id))
        .filter(inbound_messages::sender_hash.eq_any(&all))
        .filter(inbound_messages::content_sealed.is_not_null())
        .set((
            inbound_messages::content_sealed.eq(None::<Vec<u8>>),
            inbound_messages::revoked_at.eq(now),
        ))
        .execute(&mut **transaction)
        .await?;
    Ok(Erased {
        identifiers,
        inbound_messages,
    })
}
