//! How evidence links identifiers to contacts. Pure.
//!
//! The rules: the identifiers that one item shows belong to one person. Two user ids of one account are two people,
//! unless Meta reports that one replaced the other; then a number that both show was reassigned to another person, and
//! it is removed from the contact that had it. Two contacts that prove to be one person are merged: the older one
//! stays.

use std::collections::{BTreeMap, HashMap};

use super::{Identifier, IdentifierHash, IdentifierKind};
use crate::ids::ContactId;

/// An identifier of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The identifier.
    pub identifier: Identifier,
    /// Its rank among the numbers of its contact: the first number identifies the pair of the pair rate limit.
    pub rank: u64,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// The identifiers that belong to the person now.
    pub members: Vec<Member>,
}

/// What evidence changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new person.
    Created(ContactId),
    /// An identifier that had no contact belongs to a contact now.
    Added(IdentifierHash, ContactId),
    /// Meta showed a number that only the business had given.
    Confirmed(IdentifierHash),
    /// The first contact was merged into the second.
    Merged(ContactId, ContactId),
    /// A number does not identify this contact any more, because the person has another one.
    Retired(IdentifierHash, ContactId),
    /// A number was reassigned to another person: it moved from the first contact to the second.
    Reassigned(IdentifierHash, ContactId, ContactId),
}

/// The contacts that some evidence is about.
#[derive(Debug, Clone, Default)]
pub struct ContactBook {
    contacts: BTreeMap<ContactId, Contact>,
    owners: HashMap<IdentifierHash, ContactId>,
    next_rank: u64,
}

impl Contact {
    /// The user ids of the same kind and account.
    fn user_ids_like<'a>(
        &'a self,
        identifier: &'a Identifier,
    ) -> impl Iterator<Item = &'a Identifier> {
        self.members
            .iter()
            .map(|member| &member.identifier)
            .filter(|known| known.kind == identifier.kind && known.waba_id == identifier.waba_id)
    }

    /// Whether the two cannot be one person: an account gave each a user id, and a user id belongs to one contact only.
    fn differs_from(&self, other: &Self) -> bool {
        self.members
            .iter()
            .map(|member| &member.identifier)
            .filter(|identifier| !identifier.kind.is_number())
            .any(|identifier| other.user_ids_like(identifier).next().is_some())
    }

    fn has(&self, hash: IdentifierHash) -> bool {
        self.members
            .iter()
            .any(|member| member.identifier.hash == hash)
    }

    /// The numbers, the longest known first.
    #[must_use]
    pub fn numbers(&self) -> Vec<IdentifierHash> {
        let mut numbers: Vec<&Member> = self
            .members
            .iter()
            .filter(|member| member.identifier.kind.is_number())
            .collect();
        numbers.sort_by_key(|member| member.rank);
        numbers
            .iter()
            .map(|member| member.identifier.hash)
            .collect()
    }

    /// The user ids without the parent user ids.
    #[must_use]
    pub fn user_ids(&self) -> Vec<IdentifierHash> {
        self.members
            .iter()
            .filter(|member| member.identifier.kind == IdentifierKind::UserId)
            .map(|member| member.identifier.hash)
            .collect()
    }

    /// All identifiers.
    #[must_use]
    pub fn hashes(&self) -> Vec<IdentifierHash> {
        self.members
            .iter()
            .map(|member| member.identifier.hash)
            .collect()
    }
}

impl ContactBook {
    /// Adds a stored identifier; the caller adds those of a contact in the order in which they became known.
    pub fn load(&mut self, contact: ContactId, identifier: Identifier) {
        self.put(contact, identifier);
    }

    /// The contact that has an identifier now.
    #[must_use]
    pub fn owner(&self, hash: &IdentifierHash) -> Option<ContactId> {
        self.owners.get(hash).copied()
    }

    /// A contact.
    #[must_use]
    pub fn contact(&self, id: ContactId) -> Option<&Contact> {
        self.contacts.get(&id)
    }

    /// One item shows these identifiers of one person, in descending order of weight: user ids before numbers, and
    /// identifiers that Meta writes before those that the business wrote. `new_id` is used when no contact has any of
    /// them.
    pub fn link(&mut self, shown: &[Identifier], new_id: ContactId) -> Vec<Change> {
        let mut changes = Vec::new();
        let Some(first) = shown.first() else {
            return changes;
        };
        let mut person = self.owner(&first.hash).unwrap_or_else(|| {
            // Each contact that has one of the other identifiers may be the person.
            let mut known = shown
                .iter()
                .filter_map(|identifier| self.owner(&identifier.hash));
            let fits = known.find(|id| self.may_have(*id, first));
            fits.unwrap_or_else(|| self.create(new_id, &mut changes))
        });
        for identifier in shown {
            person = self.attach(person, identifier, &mut changes);
        }
        changes
    }

    /// Meta reports that the person's number changed: the previous one identifies nobody until it is seen again.
    pub fn change_number(
        &mut self,
        previous: &[Identifier],
        current: &[Identifier],
        new_id: ContactId,
    ) -> Vec<Change> {
        let mut changes = self.replace(previous, current, new_id);
        let new_numbers: Vec<_> = current.iter().map(|identifier| identifier.hash).collect();
        for old in previous
            .iter()
            .filter(|identifier| identifier.kind.is_number())
        {
            if new_numbers.contains(&old.hash) {
                continue;
            }
            if let Some(owner) = self.owner(&old.hash) {
                self.take_away(old.hash, owner);
                changes.push(Change::Retired(old.hash, owner));
            }
        }
        changes
    }

    /// Meta reports that one set of identifiers replaced another of the same person: the previous ones stay as aliases.
    pub fn replace(
        &mut self,
        previous: &[Identifier],
        current: &[Identifier],
        new_id: ContactId,
    ) -> Vec<Change> {
        let mut changes = self.link(previous, new_id);
        let Some(mut person) = previous.first().and_then(|first| self.owner(&first.hash)) else {
            return self.link(current, new_id);
        };
        for identifier in current {
            person = match self.owner(&identifier.hash) {
                Some(owner) if owner == person => person,
                // Meta guarantees that the different user id belongs to the same person.
                Some(owner) if !identifier.kind.is_number() => {
                    self.merge(person, owner, &mut changes)
                }
                _ => self.attach_vouched(person, identifier, &mut changes),
            };
        }
        changes
    }

    /// Whether the person with this identifier may be this contact.
    fn may_have(&self, id: ContactId, identifier: &Identifier) -> bool {
        identifier.kind.is_number()
            || self.contacts.get(&id).is_none_or(|contact| {
                contact.has(identifier.hash) || contact.user_ids_like(identifier).next().is_none()
            })
    }

    fn attach_vouched(
        &mut self,
        person: ContactId,
        identifier: &Identifier,
        changes: &mut Vec<Change>,
    ) -> ContactId {
        if self.owner(&identifier.hash).is_none() {
            self.put(person, identifier.clone());
            changes.push(Change::Added(identifier.hash, person));
            return person;
        }
        self.attach(person, identifier, changes)
    }

    /// Attaches an identifier to a person; returns the contact that the person has now.
    fn attach(
        &mut self,
        person: ContactId,
        identifier: &Identifier,
        changes: &mut Vec<Change>,
    ) -> ContactId {
        match self.owner(&identifier.hash) {
            Some(owner) if owner == person => {
                self.confirm(identifier, changes);
                person
            }
            None if self.may_have(person, identifier) => {
                self.put(person, identifier.clone());
                changes.push(Change::Added(identifier.hash, person));
                person
            }
            // A parent user id that two people of an account would share identifies neither of them.
            None => person,
            Some(owner) if !self.are_two(person, owner) => {
                let merged = self.merge(person, owner, changes);
                self.confirm(identifier, changes);
                merged
            }
            Some(owner) if identifier.kind.is_number() => {
                self.take_away(identifier.hash, owner);
                self.put(person, identifier.clone());
                changes.push(Change::Reassigned(identifier.hash, owner, person));
                person
            }
            Some(_) => person,
        }
    }

    fn are_two(&self, one: ContactId, other: ContactId) -> bool {
        match (self.contacts.get(&one), self.contacts.get(&other)) {
            (Some(one), Some(other)) => one.differs_from(other),
            _ => false,
        }
    }

    fn create(&mut self, id: ContactId, changes: &mut Vec<Change>) -> ContactId {
        self.contacts.entry(id).or_default();
        changes.push(Change::Created(id));
        id
    }

    /// Merges two contacts; the older one stays.
    fn merge(&mut self, one: ContactId, other: ContactId, changes: &mut Vec<Change>) -> ContactId {
        let (from, into) = (one.max(other), one.min(other));
        let moved = self.contacts.remove(&from).unwrap_or_default();
        for member in &moved.members {
            self.owners.insert(member.identifier.hash, into);
        }
        self.contacts
            .entry(into)
            .or_default()
            .members
            .extend(moved.members);
        changes.push(Change::Merged(from, into));
        into
    }

    /// Meta showed a number that only the business had given.
    fn confirm(&mut self, identifier: &Identifier, changes: &mut Vec<Change>) {
        let Some(contact) = self
            .owner(&identifier.hash)
            .and_then(|owner| self.contacts.get_mut(&owner))
        else {
            return;
        };
        let written = |member: &&mut Member| {
            member.identifier.hash == identifier.hash
                && member.identifier.kind == IdentifierKind::Phone
        };
        if identifier.kind == IdentifierKind::WaId
            && let Some(member) = contact.members.iter_mut().find(written)
        {
            member.identifier.kind = IdentifierKind::WaId;
            changes.push(Change::Confirmed(identifier.hash));
        }
    }

    fn put(&mut self, contact: ContactId, identifier: Identifier) {
        self.owners.insert(identifier.hash, contact);
        let rank = self.next_rank;
        self.next_rank += 1;
        let members = &mut self.contacts.entry(contact).or_default().members;
        members.push(Member { identifier, rank });
    }

    fn take_away(&mut self, hash: IdentifierHash, owner: ContactId) {
        self.owners.remove(&hash);
        if let Some(contact) = self.contacts.get_mut(&owner) {
            contact
                .members
                .retain(|member| member.identifier.hash != hash);
        }
    }
}
