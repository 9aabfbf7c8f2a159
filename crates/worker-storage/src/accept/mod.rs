//! The group commit of accepted messages: one transaction, one statement and one fsync for many calls.
//!
//! Keys are inserted sorted by business and key, because two groups that share two keys in opposite order would wait
//! for each other for ever. Keys that were there already are read in a second statement: the first one's snapshot may
//! be older than the call that wrote them. The role sees the businesses of the group and no others. A call whose id is
//! old is not stored: the sweep for lost jobs walks the ids and would have passed it by.

mod pending;
mod statements;

use std::collections::HashMap;
use std::ptr;

use chrono::{DateTime, Utc};
use common::ids::BusinessId;

pub use pending::{ID_LIFE, NewMessage, PendingAccept, PendingMessage};

use database::StorageError;
use database::Store;
use pending::Key;
use storage::idempotency_keys::StoredAnswer;

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptOutcome {
    /// All its messages are durable.
    Accepted,
    /// The same call was answered before: this is that answer.
    Replayed(StoredAnswer),
    /// Another call was answered under the same key: nothing was stored.
    KeyConflict,
    /// The key was in use, and its answer is not there to be read: nothing was stored, and trying again helps.
    InProgress,
    /// A message of the call waited for longer than [`ID_LIFE`]: nothing was stored, and trying again helps.
    Expired,
}

/// Stores the messages of a group of calls, of each call all or none; the outcomes stand in the order of the calls.
///
/// # Errors
/// When the database is not available or refuses one of the messages: then nothing of the group was stored, but for an
/// error of the commit itself, after which nobody knows.
pub async fn commit(
    store: &Store,
    now: DateTime<Utc>,
    group: &[PendingAccept],
) -> Result<Vec<AcceptOutcome>, StorageError> {
    // The first call of each key; what follows with the same key is answered by it.
    let mut firsts: Vec<&PendingAccept> = group.iter().filter(|call| !call.is_late(now)).collect();
    if firsts.is_empty() {
        return Ok(vec![AcceptOutcome::Expired; group.len()]);
    }
    firsts.sort_by_key(|call| call.key());
    firsts.dedup_by_key(|call| call.key());
    let mut connection = store.accept_connection(&businesses(&firsts)).await?;
    let transaction = connection.transaction();
    let (begun, fresh) = tokio::join!(
        biased;
        transaction.begin(),
        statements::store(&transaction, now, &firsts),
    );
    // What comes after a begin that failed fails for that alone.
    begun?;
    let fresh = fresh?;
    let (fresh, known): (Vec<&PendingAccept>, Vec<&PendingAccept>) = firsts
        .into_iter()
        .partition(|call| fresh.contains(&call.key()));
    let earlier = statements::known_answers(&transaction, &known).await?;
    transaction.commit().await?;
    let accepted = fresh.into_iter().map(|call| (call.key(), call)).collect();
    Ok(group
        .iter()
        .map(|call| outcome(call, now, &accepted, &earlier))
        .collect())
}

/// What became of a call, by the call that was accepted under its key and the answer that was given earlier.
fn outcome(
    call: &PendingAccept,
    now: DateTime<Utc>,
    accepted: &HashMap<Key, &PendingAccept>,
    earlier: &HashMap<Key, StoredAnswer>,
) -> AcceptOutcome {
    if call.is_late(now) {
        return AcceptOutcome::Expired;
    }
    let first = match accepted.get(&call.key()) {
        Some(first) if ptr::eq(*first, call) => return AcceptOutcome::Accepted,
        Some(first) => Some(&first.answer),
        None => earlier.get(&call.key()),
    };
    match first {
        Some(first) if first.fingerprint == call.answer.fingerprint => {
            AcceptOutcome::Replayed(first.clone())
        }
        Some(_) => AcceptOutcome::KeyConflict,
        None => AcceptOutcome::InProgress,
    }
}

fn businesses(sorted: &[&PendingAccept]) -> Vec<BusinessId> {
    let mut ids: Vec<BusinessId> = sorted.iter().map(|call| call.business_id()).collect();
    ids.dedup();
    ids
}
