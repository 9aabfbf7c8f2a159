//! What has to be written when evidence has been applied: the difference between what was loaded and what holds now. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use common::contact::{Change, ContactBook, IdentifierHash};
use common::ids::ContactId;

use super::evidence::{Evidence, Item, Named, Source};
use super::load::Loaded;

/// What changes for one business.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) created: Vec<ContactId>,
    /// Contacts that are another's since.
    pub(super) merged: Vec<(ContactId, ContactId)>,
    /// Numbers that left a contact.
    pub(super) left: Vec<Left>,
    pub(super) added: Vec<(Named, Source, ContactId)>,
    /// Numbers that Meta named for the first time.
    pub(super) confirmed: Vec<Named>,
    /// What numbers are posted to: `+` and digits.
    pub(super) post_to: BTreeMap<IdentifierHash, String>,
    /// Contacts whose identifiers changed.
    pub(super) changed: BTreeSet<ContactId>,
    /// Numbers that were given to somebody else: from whom, and to whom.
    pub(super) reassigned: Vec<(ContactId, ContactId)>,
}

/// A number that left a contact.
pub(super) struct Left {
    pub(super) hash: IdentifierHash,
    pub(super) contact_id: ContactId,
    /// Whether the person has another number instead; else somebody else has this one.
    pub(super) is_retired: bool,
}

impl Plan {
    /// Applies evidence to the book, in its order, and says what that changes. `new_id` gives ids of new contacts.
    pub(super) fn of(
        loaded: &mut Loaded,
        evidence: &[&Evidence],
        mut new_id: impl FnMut() -> ContactId,
    ) -> Self {
        let mut changes = Vec::new();
        for evidence in evidence {
            changes.extend(apply(&mut loaded.book, &evidence.item, new_id()));
        }
        let mut plan = Self::default();
        plan.note_spellings(loaded, evidence);
        if changes.is_empty() {
            return plan;
        }
        plan.follow(loaded, &changes);
        plan.compare(loaded, evidence, &changes);
        plan
    }

    /// Whether nothing has to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.confirmed.is_empty() && self.post_to.is_empty()
    }

    /// Numbers that Meta spells otherwise than they would be posted to.
    fn note_spellings(&mut self, loaded: &Loaded, evidence: &[&Evidence]) {
        for evidence in evidence {
            let numbers = || {
                let shown = evidence.item.current().iter();
                shown.filter(|named| named.identifier.kind.is_number())
            };
            let Some(at_meta) = numbers().find(|named| named.is_of_meta()) else {
                continue;
            };
            for named in numbers() {
                let stored = loaded.rows.get(&named.hash());
                let has_one = stored.is_some_and(|row| row.post_to_sealed.is_some());
                if named.text != at_meta.text || at_meta.is_rewritten() || has_one {
                    self.post_to.insert(named.hash(), at_meta.text.clone());
                }
            }
        }
    }

    fn follow(&mut self, loaded: &Loaded, changes: &[Change]) {
        let mut into: HashMap<ContactId, ContactId> = HashMap::new();
        for change in changes {
            match change {
                Change::Created(id) => self.created.push(*id),
                Change::Merged(from, to) => {
                    into.insert(*from, *to);
                }
                Change::Reassigned(_, from, to) => self.reassigned.push((*from, *to)),
                Change::Added(..) | Change::Confirmed(_) | Change::Retired(..) => {}
            }
        }
        self.created.retain(|id| !into.contains_key(id));
        let last = |mut id: ContactId| {
            while let Some(next) = into.get(&id) {
                id = *next;
            }
            id
        };
        self.merged = into
            .keys()
            .filter(|from| loaded.last_seen.contains_key(from))
            .map(|from| (*from, last(*from)))
            .collect();
        self.merged.sort_unstable();
        for (from, to) in &mut self.reassigned {
            (*from, *to) = (last(*from), last(*to));
        }
    }

    fn compare(&mut self, loaded: &Loaded, evidence: &[&Evidence], changes: &[Change]) {
        let merged: HashMap<ContactId, ContactId> = self.merged.iter().copied().collect();
        let before = |hash: &IdentifierHash| {
            let contact_id = loaded.rows.get(hash)?.contact_id;
            Some(merged.get(&contact_id).copied().unwrap_or(contact_id))
        };
        let mut named: BTreeMap<IdentifierHash, (&Named, Source)> = BTreeMap::new();
        for evidence in evidence {
            for one in evidence.item.all() {
                let known = named.entry(one.hash()).or_insert((one, evidence.source));
                if one.is_of_meta() {
                    known.0 = one;
                }
            }
        }
        for (hash, (one, source)) in &named {
            let (was, is) = (before(hash), loaded.book.owner(hash));
            if was == is {
                continue;
            }
            if let Some(contact_id) = was {
                let is_retired = changes
                    .iter()
                    .any(|change| matches!(change, Change::Retired(gone, _) if gone == hash));
                self.left.push(Left {
                    hash: *hash,
                    contact_id,
                    is_retired,
                });
                self.changed.insert(contact_id);
            }
            if let Some(contact_id) = is {
                self.added.push(((*one).clone(), *source, contact_id));
                self.changed.insert(contact_id);
            }
        }
        self.changed
            .extend(self.merged.iter().map(|(_, into)| *into));
        for change in changes {
            if let Change::Confirmed(hash) = change
                && let Some((one, _)) = named.get(hash)
            {
                self.confirmed.push((*one).clone());
            }
        }
    }
}

impl Named {
    fn is_of_meta(&self) -> bool {
        self.identifier.kind == common::contact::IdentifierKind::WaId
    }
}

fn apply(book: &mut ContactBook, item: &Item, new_id: ContactId) -> Vec<Change> {
    let bare = |named: &[Named]| -> Vec<_> {
        named.iter().map(|named| named.identifier.clone()).collect()
    };
    match item {
        Item::Together(shown) => book.link(&bare(shown), new_id),
        Item::NumberChanged { previous, current } => {
            book.change_number(&bare(previous), &bare(current), new_id)
        }
        Item::UserIdChanged { previous, current } => {
            book.replace(&bare(previous), &bare(current), new_id)
        }
    }
}
