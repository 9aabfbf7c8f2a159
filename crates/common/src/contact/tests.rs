//! Links follow the evidence in any order; numbers may be reassigned, user ids may not.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::{Change, ContactBook, Identifier, IdentifierHash, IdentifierKind};
use crate::ids::ContactId;

fn hash(kind: IdentifierKind, name: u8) -> IdentifierHash {
    let mut hash = [name; 32];
    hash[0] = u8::from(kind.is_number());
    hash
}

fn id(number: u128) -> ContactId {
    ContactId::from_uuid(Uuid::from_u128(number))
}

fn named(kind: IdentifierKind, name: u8, account: u8) -> Identifier {
    Identifier {
        hash: hash(kind, name),
        kind,
        waba_id: (!kind.is_number()).then(|| account.to_string().parse().unwrap()),
    }
}

fn number(name: u8) -> Identifier {
    named(IdentifierKind::WaId, name, 0)
}

fn user(name: u8) -> Identifier {
    named(IdentifierKind::UserId, name, 1)
}

#[test]
fn a_number_and_a_user_id_that_one_item_shows_are_one_person() {
    let mut book = ContactBook::default();
    book.link(&[number(1)], id(1));
    book.link(&[user(7)], id(2));
    assert_ne!(book.owner(&number(1).hash), book.owner(&user(7).hash));
    let changes = book.link(&[user(7), number(1)], id(3));
    assert_eq!(changes, [Change::Merged(id(2), id(1))]);
    assert_eq!(book.owner(&user(7).hash), Some(id(1)));
    assert!(book.link(&[user(7), number(1)], id(4)).is_empty());
}

#[test]
fn a_number_that_shows_another_user_id_begins_a_new_contact() {
    let mut book = ContactBook::default();
    book.link(&[user(7), number(1)], id(1));
    let changes = book.link(&[user(8), number(1)], id(2));
    let reassigned = Change::Reassigned(number(1).hash, id(1), id(2));
    assert!(changes.contains(&reassigned), "{changes:?}");
    assert_eq!(book.contact(id(1)).unwrap().hashes(), [user(7).hash]);
    assert_eq!(book.owner(&user(8).hash), Some(id(2)));
}

#[test]
fn user_ids_of_two_accounts_may_be_one_person() {
    let mut book = ContactBook::default();
    let elsewhere = named(IdentifierKind::UserId, 9, 2);
    book.link(&[user(7), number(1)], id(1));
    book.link(&[elsewhere.clone(), number(1)], id(2));
    assert_eq!(book.owner(&elsewhere.hash), Some(id(1)));
}

#[test]
fn a_changed_user_id_keeps_the_person_and_the_old_name() {
    let mut book = ContactBook::default();
    book.link(&[user(7), number(1)], id(1));
    book.replace(&[user(7)], &[user(8)], id(2));
    assert_eq!(book.owner(&user(8).hash), Some(id(1)));
    assert_eq!(book.owner(&user(7).hash), Some(id(1)));
    // The number with the new user id is still the same person.
    assert!(book.link(&[user(8), number(1)], id(3)).is_empty());
}

#[test]
fn a_changed_number_is_retired_and_begins_anew() {
    let mut book = ContactBook::default();
    book.link(&[user(7), number(1)], id(1));
    book.change_number(&[number(1)], &[number(2)], id(2));
    assert_eq!(book.owner(&number(2).hash), Some(id(1)));
    assert_eq!(book.owner(&number(1).hash), None);
    book.link(&[number(1)], id(3));
    assert_eq!(book.owner(&number(1).hash), Some(id(3)));
}

#[test]
fn the_first_number_names_the_pair() {
    let mut book = ContactBook::default();
    book.link(&[number(3)], id(1));
    book.link(&[number(2), number(3)], id(2));
    let contact = book.contact(id(1)).unwrap();
    assert_eq!(contact.numbers(), [number(3).hash, number(2).hash]);
}

#[derive(Debug, Clone)]
enum Item {
    Together(Vec<Identifier>),
    NumberChanged(u8, u8),
    UserIdChanged(u8, u8),
}

fn any_item() -> impl Strategy<Value = Item> {
    let together = (prop::option::of(0_u8..4), prop::option::of(0_u8..4)).prop_map(|(of, at)| {
        let names = of.map(user).into_iter().chain(at.map(number));
        Item::Together(names.collect())
    });
    prop_oneof![
        4 => together,
        1 => (0_u8..4, 0_u8..4).prop_map(|(old, new)| Item::NumberChanged(old, new)),
        1 => (0_u8..4, 0_u8..4).prop_map(|(old, new)| Item::UserIdChanged(old, new)),
    ]
}

fn apply(book: &mut ContactBook, item: &Item, new: ContactId) -> Vec<Change> {
    match item {
        Item::Together(shown) => book.link(shown, new),
        Item::NumberChanged(old, to) => book.change_number(&[number(*old)], &[number(*to)], new),
        Item::UserIdChanged(old, to) => book.replace(&[user(*old)], &[user(*to)], new),
    }
}

fn all() -> Vec<Identifier> {
    (0..4).flat_map(|name| [number(name), user(name)]).collect()
}

proptest! {
    #[test]
    fn an_identifier_names_one_contact_and_what_one_item_shows_is_one_person(
        items in prop::collection::vec(any_item(), 1..40),
    ) {
        let mut book = ContactBook::default();
        for (index, item) in (1_u128..).zip(&items) {
            apply(&mut book, item, id(index));
            for identifier in all() {
                if let Some(owner) = book.owner(&identifier.hash) {
                    let hashes = book.contact(owner).unwrap().hashes();
                    prop_assert_eq!(hashes.iter().filter(|hash| **hash == identifier.hash).count(), 1);
                }
            }
            if let Item::Together(shown) = item {
                let owners: BTreeSet<_> = shown.iter().map(|shown| book.owner(&shown.hash)).collect();
                prop_assert!(owners.len() <= 1 && !owners.contains(&None));
            }
            // The same item again changes nothing.
            if let Item::Together(_) = item {
                prop_assert!(apply(&mut book, item, id(1000 + index)).is_empty());
            }
        }
    }

    #[test]
    fn two_user_ids_of_an_account_are_two_people_unless_meta_says_otherwise(
        items in prop::collection::vec(any_item(), 1..40),
    ) {
        let mut book = ContactBook::default();
        let mut vouched: BTreeMap<u8, u8> = (0..4).map(|name| (name, name)).collect();
        for (index, item) in (1_u128..).zip(&items) {
            apply(&mut book, item, id(index));
            if let Item::UserIdChanged(one, other) = item {
                let (one, other) = (vouched[one], vouched[other]);
                vouched.values_mut().filter(|name| **name == other).for_each(|name| *name = one);
            }
        }
        for (one, other) in (0..4).flat_map(|one| (0..4).map(move |other| (one, other))) {
            let (a, b) = (book.owner(&user(one).hash), book.owner(&user(other).hash));
            if vouched[&one] != vouched[&other] {
                prop_assert!(a.is_none() || a != b);
            }
        }
    }

    #[test]
    fn without_contradiction_the_order_of_evidence_does_not_matter(
        people in prop::collection::vec((0_u8..6, 0_u8..2), 1..6),
        items in prop::collection::vec((0_usize..6, any::<[bool; 3]>()), 1..12),
        order in any::<u64>(),
    ) {
        // Each person has a user id and two numbers that nobody else has.
        let shown = |(person, which): &(usize, [bool; 3])| -> Vec<Identifier> {
            let name = u8::try_from(person % people.len()).unwrap();
            let names = [user(name), number(2 * name + 20), number(2 * name + 21)];
            names.into_iter().zip(which).filter(|(_, shows)| **shows).map(|(name, _)| name).collect()
        };
        let evidence: Vec<_> = items.iter().map(shown).collect();
        let mut shuffled = evidence.clone();
        let turn = usize::try_from(order % 64).unwrap();
        shuffled.rotate_left(turn % evidence.len());
        if order % 2 == 0 { shuffled.reverse(); }
        let groups = |items: &[Vec<Identifier>]| {
            let mut book = ContactBook::default();
            for (index, item) in (1_u128..).zip(items) {
                book.link(item, id(index));
            }
            let mut groups: BTreeMap<ContactId, BTreeSet<IdentifierHash>> = BTreeMap::new();
            for identifier in items.iter().flatten() {
                groups.entry(book.owner(&identifier.hash).unwrap()).or_default().insert(identifier.hash);
            }
            groups.into_values().collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(groups(&evidence), groups(&shuffled));
    }
}
