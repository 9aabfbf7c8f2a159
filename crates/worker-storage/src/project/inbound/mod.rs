//! What clients wrote: stored sealed, linked to who they are, recognised as an opt-out where it is one, and told in the
//! feed.

mod row;
mod taken_back;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use common::contact::{IdentifierHash, OptOutSource};
use common::feed::{ContactEvent, FeedEvent, InboundReceived, KeywordMessage, OptIn, OptOut};
use common::ids::{BusinessId, InboundId, PhoneNumberId};
use common::keyword::{Keyword, recognise};
use common::message::opens_window;
use common::wire::{IdentityChange, IdentityChangeKind, InboundContent};
use sealing::{BusinessKeys, HashDomain};

use super::numbers::{Owner, Owners, owners_of};
use super::processed;
use crate::events;
use crate::identity::{self, Evidence, Item, Named, People, Source, Spoken};
use crate::windows;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};
use storage::events::FeedEntry;

/// A message of a client.
pub struct InboundMessage {
    /// The number that it came to.
    pub phone_number_id: PhoneNumberId,
    /// Meta's word for its kind.
    pub message_type: String,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// What names a person.
    pub content: InboundContent,
}

/// What became of a batch of inbound messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboundOutcome {
    /// Stored for the first time.
    pub stored: usize,
    /// Known already.
    pub repeated: usize,
    /// Of a number that is nobody's.
    pub foreign: usize,
    /// People who opted out.
    pub opted_out: usize,
}

/// Applies a batch of inbound messages in one transaction, in their order.
///
/// # Errors
/// When the database is not available: nothing was changed, and the batch may be applied again.
pub async fn apply_inbound(
    store: &Store,
    messages: &[InboundMessage],
    now: DateTime<Utc>,
) -> Result<InboundOutcome, StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let numbers = messages.iter().map(|message| &message.phone_number_id);
    let owners = owners_of(&transaction, numbers).await?;
    identity::lock(&transaction, &owners.present_businesses()).await?;
    let mut batch = Batch {
        store,
        transaction: &transaction,
        now,
        outcome: InboundOutcome::default(),
        feed: Vec::new(),
        opted_out: BTreeSet::new(),
    };
    for message in messages {
        batch.apply(&owners, message).await?;
    }
    let (outcome, feed) = (batch.outcome, batch.feed);
    events::append(&transaction, now, &feed).await?;
    transaction.commit().await?;
    Ok(outcome)
}

struct Batch<'a> {
    store: &'a Store,
    transaction: &'a BatchTransaction<'a>,
    now: DateTime<Utc>,
    outcome: InboundOutcome,
    feed: Vec<FeedEntry>,
    /// People who opted out, each by all identifiers.
    opted_out: BTreeSet<(BusinessId, Vec<IdentifierHash>)>,
}

/// One message with its sender.
struct Inbound<'a> {
    business_id: BusinessId,
    keys: BusinessKeys,
    message: &'a InboundMessage,
    sender: Vec<Named>,
    keyword: Option<Keyword>,
}

impl Batch<'_> {
    async fn apply(
        &mut self,
        owners: &Owners,
        message: &InboundMessage,
    ) -> Result<(), StorageError> {
        let Some(owner) = owners.present(&message.phone_number_id) else {
            self.outcome.foreign += 1;
            return Ok(());
        };
        let keys = self.store.keys(owner.business_id).await?;
        let number = &message.phone_number_id;
        let update = message.content.wamid.as_bytes();
        if !processed::is_new(self.transaction, &keys, number, update, self.now).await? {
            self.outcome.repeated += 1;
            return Ok(());
        }
        let inbound = Inbound {
            business_id: owner.business_id,
            sender: identity::named(&keys, &message.content.sender, Some(&owner.waba_id)),
            keyword: message
                .content
                .words
                .iter()
                .find_map(|words| recognise(words)),
            keys,
            message,
        };
        let evidence = inbound.evidence(owner);
        let mut people = identity::link(self.store, self.transaction, &evidence, self.now).await?;
        self.feed.append(&mut people.events);
        let id = self.store_row(&inbound, &people).await?;
        self.outcome.stored += 1;
        self.feed.push(inbound.entry(inbound.received(id)));
        if inbound.opens_window() {
            for hash in inbound.hashes_of_person(&people) {
                let (business_id, at) = (inbound.business_id, message.occurred_at);
                let version = inbound.hash_version();
                windows::renew(self.transaction, business_id, number, &hash, version, at).await?;
            }
        }
        self.change_consent(&inbound, &people, id).await
    }

    async fn change_consent(
        &mut self,
        inbound: &Inbound<'_>,
        people: &People,
        id: InboundId,
    ) -> Result<(), StorageError> {
        let shown = inbound.shown();
        let spoken = Spoken {
            business_id: inbound.business_id,
            shown: &shown,
            hash_version: inbound.hash_version(),
            at: inbound.message.occurred_at,
        };
        match inbound.keyword {
            Some(Keyword::OptOut) => {
                spoken
                    .opt_out(self.transaction, people, OptOutSource::Keyword)
                    .await?;
                let opt_out = OptOut::Keyword(inbound.keyword_message(id));
                let event = FeedEvent::Contact(ContactEvent::OptedOut(opt_out));
                self.feed.push(inbound.entry(event));
                let person = (inbound.business_id, inbound.hashes_of_person(people));
                let is_first = self.opted_out.insert(person);
                self.outcome.opted_out += usize::from(is_first);
            }
            // What is said in a group is no consent to be written to.
            Some(Keyword::OptIn) if !inbound.is_in_group() => {
                spoken.opt_in(self.transaction, people).await?;
                let opt_in = OptIn::Keyword(inbound.keyword_message(id));
                let event = FeedEvent::Contact(ContactEvent::OptedIn(opt_in));
                self.feed.push(inbound.entry(event));
            }
            Some(Keyword::OptIn | Keyword::Support) | None => {}
        }
        Ok(())
    }
}

impl Inbound<'_> {
    /// What the message proves of its sender. In a group others may be named beside, so it proves nothing.
    fn evidence(&self, owner: &Owner) -> Vec<Evidence> {
        if self.is_in_group() {
            return Vec::new();
        }
        let of = |source, item| Evidence {
            business_id: self.business_id,
            source,
            item,
        };
        match &self.message.content.identity_change {
            Some(change) => vec![of(Source::System, self.changed(change, owner))],
            None => vec![of(Source::Inbound, Item::Together(self.sender.clone()))],
        }
    }

    fn changed(&self, change: &IdentityChange, owner: &Owner) -> Item {
        let named = |identity| identity::named(&self.keys, identity, Some(&owner.waba_id));
        let current = named(&change.current);
        // The message comes from the person as it was before, when it names that person nowhere else.
        let previous = if change.previous.is_empty() {
            self.sender.clone()
        } else {
            named(&change.previous)
        };
        match change.kind {
            IdentityChangeKind::NumberChanged => Item::NumberChanged { previous, current },
            IdentityChangeKind::UserIdChanged => Item::UserIdChanged { previous, current },
        }
    }

    fn is_in_group(&self) -> bool {
        self.message.content.group_id.is_some()
    }

    fn opens_window(&self) -> bool {
        opens_window(&self.message.message_type) && !self.is_in_group()
    }

    fn shown(&self) -> Vec<IdentifierHash> {
        self.sender
            .iter()
            .map(|named| named.identifier.hash)
            .collect()
    }

    /// Every identifier of the sender.
    fn hashes_of_person(&self, people: &People) -> Vec<IdentifierHash> {
        let of = |hash: &IdentifierHash| people.hashes(self.business_id, hash);
        let mut hashes: Vec<IdentifierHash> = self.shown().iter().flat_map(of).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }

    fn hash_version(&self) -> i16 {
        self.sender.first().map_or(1, |named| named.hash_version)
    }

    /// The hash of the sender's number; of the user id when there is no number.
    fn sender_hash(&self) -> IdentifierHash {
        let number = self
            .sender
            .iter()
            .find(|named| named.identifier.kind.is_number());
        let named = number.or(self.sender.first());
        named.map_or_else(
            || self.keys.lookup_hash(HashDomain::Bsuid, &[]).bytes,
            |named| named.identifier.hash,
        )
    }

    fn received(&self, inbound_id: InboundId) -> FeedEvent {
        FeedEvent::Inbound(InboundReceived {
            inbound_id,
            message_type: self.message.message_type.clone(),
            keyword: self.keyword,
        })
    }

    fn keyword_message(&self, inbound_id: InboundId) -> KeywordMessage {
        KeywordMessage {
            inbound_id,
            message_type: self.message.message_type.clone(),
        }
    }

    const fn entry(&self, event: FeedEvent) -> FeedEntry {
        FeedEntry {
            business_id: self.business_id,
            event,
            occurred_at: self.message.occurred_at,
        }
    }
}
