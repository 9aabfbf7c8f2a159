//! What people say of marketing outside of messages: preferences that they set in WhatsApp, and messages that could not be
//! read, which may have been an opt-out.

use chrono::{DateTime, Utc};
use common::contact::{IdentifierHash, OptOutSource};
use common::feed::{ContactEvent, FeedEvent, OptIn, OptOut};
use common::ids::{BusinessId, PhoneNumberId};
use common::wire::Identity;

use super::numbers::owners_of;
use super::processed;
use crate::events;
use crate::identity::{self, Evidence, Item, Source, Spoken};
use database::StorageError;
use database::{BatchRole, Store};
use storage::events::FeedEntry;

/// What a person says of marketing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// No more (Meta, `user_preferences`: `stop`).
    Stop,
    /// Again (`resume`).
    Resume,
    /// A message could not be read: until the person or the business says otherwise it counts as a refusal.
    Unreadable,
}

/// One person's word on marketing.
pub struct PreferenceUpdate {
    /// The number that it was said to.
    pub phone_number_id: PhoneNumberId,
    /// Meta's clock, or ours for what could not be read.
    pub occurred_at: DateTime<Utc>,
    /// The word.
    pub preference: Preference,
    /// Who said it.
    pub person: Identity,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PreferenceOutcome {
    /// Applied for the first time.
    pub applied: usize,
    /// Known already.
    pub repeated: usize,
    /// Of a number that is nobody's, or of a person whom nothing names.
    pub foreign: usize,
}

/// Applies a batch in one transaction, in its order.
///
/// # Errors
/// When the database is not available: nothing was changed, and the batch may be applied again.
pub async fn apply_preferences(
    store: &Store,
    updates: &[PreferenceUpdate],
    now: DateTime<Utc>,
) -> Result<PreferenceOutcome, StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let owners = owners_of(
        &transaction,
        updates.iter().map(|update| &update.phone_number_id),
    )
    .await?;
    identity::lock(&transaction, &owners.present_businesses()).await?;
    let (mut outcome, mut feed) = (PreferenceOutcome::default(), Vec::new());
    for update in updates {
        let owner = owners
            .present(&update.phone_number_id)
            .filter(|_| !update.person.is_empty());
        let Some(owner) = owner else {
            outcome.foreign += 1;
            continue;
        };
        let keys = store.keys(owner.business_id).await?;
        let shown = identity::named(&keys, &update.person, Some(&owner.waba_id));
        let hashes: Vec<IdentifierHash> = shown.iter().map(|named| named.identifier.hash).collect();
        let name = update.name(&hashes);
        if !processed::is_new(&transaction, &keys, &update.phone_number_id, &name, now).await? {
            outcome.repeated += 1;
            continue;
        }
        let hash_version = shown.first().map_or(1, |named| named.hash_version);
        let evidence = Evidence {
            business_id: owner.business_id,
            source: Source::Preference,
            item: Item::Together(shown),
        };
        let mut people = identity::link(store, &transaction, &[evidence], now).await?;
        feed.append(&mut people.events);
        let spoken = Spoken {
            business_id: owner.business_id,
            shown: &hashes,
            hash_version,
            at: update.occurred_at,
        };
        match update.preference.opt_out() {
            Some(source) => spoken.opt_out(&transaction, &people, source).await?,
            None => spoken.resume(&transaction, &people).await?,
        }
        feed.push(update.entry(owner.business_id));
        outcome.applied += 1;
    }
    events::append(&transaction, now, &feed).await?;
    transaction.commit().await?;
    Ok(outcome)
}

impl Preference {
    const fn opt_out(self) -> Option<OptOutSource> {
        match self {
            Self::Stop => Some(OptOutSource::Preference),
            Self::Unreadable => Some(OptOutSource::Unreadable),
            Self::Resume => None,
        }
    }
}

impl PreferenceUpdate {
    /// What tells it from others: who, what and when.
    fn name(&self, person: &[IdentifierHash]) -> Vec<u8> {
        let what = format!(
            "{:?} {}",
            self.preference,
            self.occurred_at.timestamp_micros()
        );
        let mut name = what.into_bytes();
        name.extend(person.iter().flatten());
        name
    }

    const fn entry(&self, business_id: BusinessId) -> FeedEntry {
        let event = match self.preference {
            Preference::Stop => ContactEvent::OptedOut(OptOut::Preference),
            Preference::Unreadable => ContactEvent::OptedOut(OptOut::Unreadable),
            Preference::Resume => ContactEvent::OptedIn(OptIn::Preference),
        };
        FeedEntry {
            business_id,
            event: FeedEvent::Contact(event),
            occurred_at: self.occurred_at,
        }
    }
}
