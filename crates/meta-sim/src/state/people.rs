//! The people of a business portfolio: the phone number and the business-scoped user id that belong together.
//!
//! Most ids are derived from the number and not stored. Stored are identifiers set by the control API, and those left
//! over after a change of number or id.

use std::collections::{HashMap, HashSet};
use std::sync::RwLock;

use super::locks::{read, write};
use crate::bsuid;

/// A person in one portfolio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// The phone number as WhatsApp writes it; absent when unknown.
    pub(crate) wa_id: Option<String>,
    pub(crate) user_id: String,
    pub(crate) parent_user_id: Option<String>,
    pub(crate) username: Option<String>,
}

/// A portfolio and an identifier in it.
type Key = (String, String);

/// The people of every portfolio.
#[derive(Default)]
pub(crate) struct People {
    entries: RwLock<Entries>,
}

#[derive(Default)]
struct Entries {
    /// By BSUID.
    people: HashMap<Key, Person>,
    /// The BSUID of a phone number, if it is not the derived one.
    user_ids: HashMap<Key, String>,
    /// BSUIDs that were replaced by others.
    retired: HashSet<Key>,
}

impl Person {
    /// A person of whom only the BSUID is known.
    pub(crate) fn of_user_id(user_id: &str) -> Self {
        Self {
            wa_id: None,
            user_id: user_id.to_owned(),
            parent_user_id: None,
            username: None,
        }
    }

    fn of_phone(wa_id: &str, user_id: String) -> Self {
        Self {
            wa_id: Some(wa_id.to_owned()),
            user_id,
            parent_user_id: None,
            username: None,
        }
    }

    /// The phone number if known, else the BSUID: the content of a wamid.
    pub(crate) fn number_or_user_id(&self) -> &str {
        self.wa_id.as_deref().unwrap_or(&self.user_id)
    }
}

impl People {
    /// The current owner of this phone number.
    pub(crate) fn by_phone(&self, business_id: &str, wa_id: &str) -> Person {
        let entries = read(&self.entries);
        if !entries.user_ids.is_empty() {
            let user_id = entries.user_ids.get(&key(business_id, wa_id));
            let known = user_id.and_then(|id| entries.people.get(&key(business_id, id)));
            if let Some(person) = known {
                return person.clone();
            }
        }
        Person::of_phone(wa_id, bsuid::of_phone(business_id, wa_id))
    }

    /// The owner of this BSUID or parent BSUID; `None` when the portfolio does not know it.
    pub(crate) fn by_user_id(&self, business_id: &str, user_id: &str) -> Option<Person> {
        let entries = read(&self.entries);
        let key = key(business_id, user_id);
        if entries.retired.contains(&key) {
            return None;
        }
        if let Some(person) = entries.people.get(&key) {
            return Some(person.clone());
        }
        let of_parent = |((business, _), person): &(&Key, &Person)| {
            business == business_id && person.parent_user_id.as_deref() == Some(user_id)
        };
        if let Some((_, person)) = entries.people.iter().find(of_parent) {
            return Some(person.clone());
        }
        drop(entries);
        let wa_id = bsuid::phone_of(business_id, user_id)?;
        Some(self.by_phone(business_id, &wa_id)).filter(|person| person.user_id == user_id)
    }

    /// Records that these identifiers belong to one person, replacing earlier links.
    pub(crate) fn put(&self, business_id: &str, person: &Person) {
        write(&self.entries).put(business_id, person);
    }

    /// Replaces the person's BSUID, and the phone number if parts. The old number is free for its next owner.
    pub(crate) fn replace(&self, business_id: &str, old: &Person, new: &Person) {
        let mut entries = write(&self.entries);
        entries.retire(business_id, &old.user_id);
        entries.put(business_id, new);
        if let Some(wa_id) = &old.wa_id
            && new.wa_id.as_ref() != Some(wa_id)
        {
            let next = bsuid::successor(business_id, &old.user_id);
            entries.put(business_id, &Person::of_phone(wa_id, next));
        }
    }

    pub(crate) fn clear(&self) {
        *write(&self.entries) = Entries::default();
    }
}

impl Entries {
    fn put(&mut self, business_id: &str, person: &Person) {
        let place = key(business_id, &person.user_id);
        self.retired.remove(&place);
        if let Some(known) = self.people.get(&place)
            && let Some(wa_id) = known.wa_id.clone()
            && person.wa_id.as_ref() != Some(&wa_id)
        {
            self.user_ids.remove(&key(business_id, &wa_id));
        }
        if let Some(wa_id) = &person.wa_id {
            let before = self
                .user_ids
                .insert(key(business_id, wa_id), person.user_id.clone());
            let before = before.filter(|user_id| *user_id != person.user_id);
            if let Some(recycled) =
                before.and_then(|id| self.people.get_mut(&key(business_id, &id)))
            {
                recycled.wa_id = None;
            }
        }
        self.people.insert(place, person.clone());
    }

    fn retire(&mut self, business_id: &str, user_id: &str) {
        let place = key(business_id, user_id);
        if let Some(person) = self.people.remove(&place)
            && let Some(wa_id) = person.wa_id
        {
            self.user_ids.remove(&key(business_id, &wa_id));
        }
        self.retired.insert(place);
    }
}

fn key(business_id: &str, id: &str) -> Key {
    (business_id.to_owned(), id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(wa_id: Option<&str>, user_id: &str) -> Person {
        Person {
            wa_id: wa_id.map(str::to_owned),
            ..Person::of_user_id(user_id)
        }
    }

    #[test]
    fn a_number_and_its_made_id_are_one_person_without_being_kept() {
        let people = People::default();
        let by_phone = people.by_phone("1", "22670000001");
        assert_eq!(
            people.by_user_id("1", &by_phone.user_id),
            Some(by_phone.clone())
        );
        assert_eq!(people.by_user_id("2", &by_phone.user_id), None);
        assert_eq!(people.by_user_id("1", "BF.13491208655302741918"), None);
    }

    #[test]
    fn a_number_that_shows_another_id_is_another_persons() {
        let people = People::default();
        let made = people.by_phone("1", "22670000001").user_id;
        people.put("1", &person(Some("22670000001"), "BF.1"));
        assert_eq!(people.by_phone("1", "22670000001").user_id, "BF.1");
        assert_eq!(people.by_user_id("1", &made), None);
        people.put("1", &person(Some("22670000001"), "BF.2"));
        assert_eq!(people.by_phone("1", "22670000001").user_id, "BF.2");
        assert_eq!(people.by_user_id("1", "BF.1"), Some(person(None, "BF.1")));
    }

    #[test]
    fn after_a_change_of_number_the_old_identifiers_are_unknown() {
        let people = People::default();
        let old = people.by_phone("1", "22670000001");
        let new = people.by_phone("1", "22670000002");
        people.replace("1", &old, &new);
        assert_eq!(people.by_user_id("1", &old.user_id), None);
        assert_eq!(people.by_user_id("1", &new.user_id), Some(new.clone()));
        let next = people.by_phone("1", "22670000001");
        assert!(next.user_id != old.user_id && next.user_id != new.user_id);
    }

    #[test]
    fn a_parent_id_leads_to_the_person() {
        let people = People::default();
        let linked = Person {
            parent_user_id: Some("BF.ENT.9".to_owned()),
            ..person(None, "BF.1")
        };
        people.put("1", &linked);
        assert_eq!(people.by_user_id("1", "BF.ENT.9"), Some(linked));
    }
}
