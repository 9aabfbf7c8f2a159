//! Links: evidence is applied, written, and what is kept of the linked identifiers is united.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use common::contact::{Contact, ContactBook, IdentifierHash};
use common::feed::{ContactEvent, FeedEvent};
use common::ids::{BusinessId, ContactId};
use uuid::Uuid;

use super::carry;
use super::evidence::Evidence;
use super::load::{Loaded, load};
use super::plan::Plan;
use super::write;
use database::StorageError;
use database::seal_contexts;
use database::{BatchTransaction, Store};
use storage::events::FeedEntry;

// The key is the business's: whoever links or writes consent of a business waits for who does so already.
const LOCK: &str = "select pg_advisory_xact_lock(hashtextextended('contacts ' || b::text, 0))
    from unnest($1::uuid[]) as b";
const SEEN: &str = "
    update contacts c set last_seen_at = $3
    from (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as s (business_id, contact_id)
    where c.business_id = s.business_id and c.contact_id = s.contact_id and c.last_seen_at < $3";

/// How exactly it is known when a contact was seen last: retention counts days.
const SEEN_WITHIN: TimeDelta = TimeDelta::days(1);

/// Who is who, as far as some evidence named people.
#[derive(Default)]
pub(crate) struct People {
    books: BTreeMap<BusinessId, ContactBook>,
    /// What the links report in the feed.
    pub(crate) events: Vec<FeedEntry>,
}

impl People {
    /// The person that an identifier names.
    pub(crate) fn find(&self, business_id: BusinessId, hash: &IdentifierHash) -> Option<&Contact> {
        let book = self.books.get(&business_id)?;
        book.contact(book.owner(hash)?)
    }

    /// All identifiers of whoever an identifier names: at least itself.
    pub(crate) fn hashes(
        &self,
        business_id: BusinessId,
        hash: &IdentifierHash,
    ) -> Vec<IdentifierHash> {
        self.find(business_id, hash)
            .map_or_else(|| vec![*hash], Contact::hashes)
    }
}

/// Waits until nobody else links or writes consent of the businesses; the lock is held until the transaction ends.
pub(crate) async fn lock(
    transaction: &BatchTransaction<'_>,
    businesses: &BTreeSet<BusinessId>,
) -> Result<(), StorageError> {
    // One statement each, so that they are locked in their order.
    let statement = transaction.prepare_cached(LOCK).await?;
    for business_id in businesses {
        transaction
            .query(&statement, &[&vec![business_id.as_uuid()]])
            .await?;
    }
    Ok(())
}

/// Applies evidence of any businesses, in its order.
///
/// # Errors
/// When the database is not available, or a value cannot be sealed.
pub(crate) async fn link(
    store: &Store,
    transaction: &BatchTransaction<'_>,
    evidence: &[Evidence],
    now: DateTime<Utc>,
) -> Result<People, StorageError> {
    let mut people = People::default();
    if evidence.is_empty() {
        return Ok(people);
    }
    let all: Vec<&Evidence> = evidence.iter().collect();
    let mut news = BTreeSet::new();
    for (business_id, mut loaded) in load(transaction, asked(&all)).await? {
        let of_business = of_business(&all, business_id);
        let plan = planned(store, business_id, &mut loaded, &of_business, now).await?;
        if plan.is_empty() {
            note_seen(transaction, business_id, &loaded, &of_business, now).await?;
            people.books.insert(business_id, loaded.book);
        } else {
            news.insert(business_id);
        }
    }
    if news.is_empty() {
        return Ok(people);
    }
    // What was read before the lock may be over.
    lock(transaction, &news).await?;
    let again: Vec<&Evidence> = all
        .into_iter()
        .filter(|evidence| news.contains(&evidence.business_id))
        .collect();
    for (business_id, mut loaded) in load(transaction, asked(&again)).await? {
        let of_business = of_business(&again, business_id);
        let plan = planned(store, business_id, &mut loaded, &of_business, now).await?;
        write::apply(store, transaction, business_id, &loaded, &plan, now).await?;
        carry::apply(transaction, business_id, &loaded, &plan).await?;
        people.events.extend(reassigned(business_id, &plan, now));
        people.books.insert(business_id, loaded.book);
    }
    Ok(people)
}

/// Reads who some identifiers name, without evidence.
///
/// # Errors
/// When the database is not available.
pub(crate) async fn find(
    transaction: &BatchTransaction<'_>,
    asked: impl IntoIterator<Item = (BusinessId, IdentifierHash)>,
) -> Result<People, StorageError> {
    let loaded = load(transaction, asked).await?.into_iter();
    Ok(People {
        books: loaded.map(|(id, loaded)| (id, loaded.book)).collect(),
        events: Vec::new(),
    })
}

fn asked(evidence: &[&Evidence]) -> impl Iterator<Item = (BusinessId, IdentifierHash)> {
    evidence.iter().flat_map(|evidence| {
        let hash = |named: &super::Named| (evidence.business_id, named.identifier.hash);
        evidence.item.all().map(hash)
    })
}

fn of_business<'a>(evidence: &[&'a Evidence], business_id: BusinessId) -> Vec<&'a Evidence> {
    let is_own = |evidence: &&&Evidence| evidence.business_id == business_id;
    evidence.iter().filter(is_own).copied().collect()
}

/// What the evidence changes, but for spellings that are stored already.
async fn planned(
    store: &Store,
    business_id: BusinessId,
    loaded: &mut Loaded,
    evidence: &[&Evidence],
    now: DateTime<Utc>,
) -> Result<Plan, StorageError> {
    let mut plan = Plan::of(loaded, evidence, || ContactId::new(now));
    if !plan.post_to.is_empty() {
        let keys = store.keys(business_id).await?;
        plan.post_to.retain(|hash, number| {
            let sealed = loaded
                .rows
                .get(hash)
                .and_then(|row| row.post_to_sealed.as_ref());
            let seal_context = seal_contexts::contact_identifier(
                business_id,
                hash,
                seal_contexts::IdentifierColumn::PostTo,
            );
            let known = sealed.and_then(|sealed| keys.open(&seal_context, sealed).ok());
            known.is_none_or(|known| known.as_slice() != number.as_bytes())
        });
    }
    Ok(plan)
}

/// Contacts live on from when Meta last showed them.
async fn note_seen(
    transaction: &BatchTransaction<'_>,
    business_id: BusinessId,
    loaded: &Loaded,
    evidence: &[&Evidence],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let shown = evidence.iter().flat_map(|evidence| evidence.item.current());
    let long_ago = |id: &ContactId| {
        let seen = loaded.last_seen.get(id);
        seen.is_some_and(|seen| now - *seen >= SEEN_WITHIN)
    };
    let stale: BTreeSet<ContactId> = shown
        .filter_map(|named| loaded.book.owner(&named.hash()))
        .filter(long_ago)
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    let businesses = vec![business_id.as_uuid(); stale.len()];
    let contacts: Vec<Uuid> = stale.iter().map(ContactId::as_uuid).collect();
    let statement = transaction.prepare_cached(SEEN).await?;
    transaction
        .execute(&statement, &[&businesses, &contacts, &now])
        .await?;
    Ok(())
}

fn reassigned(
    business_id: BusinessId,
    plan: &Plan,
    now: DateTime<Utc>,
) -> impl Iterator<Item = FeedEntry> {
    plan.reassigned.iter().map(move |(from, to)| FeedEntry {
        business_id,
        event: FeedEvent::Contact(ContactEvent::NumberReassigned {
            previous_contact_id: *from,
            contact_id: *to,
        }),
        occurred_at: now,
    })
}
