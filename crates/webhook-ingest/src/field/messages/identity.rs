//! The person of an item: its own identifiers, and those of the contact in the same value that shares one of them.
//! Neither a contact's index nor a name proves anything (Meta, webhooks reference: contacts need not be in order).

use common::wire::Identity;

use crate::json::Node;

/// The identifiers under the given keys. A value in place of a number that is not a number is a business-scoped user
/// id.
pub(super) fn identity(
    item: &Node<'_>,
    number: &str,
    user_id: &str,
    parent_user_id: &str,
) -> Identity {
    let named = |key| item.get(key).and_then(Node::name);
    let (wa_id, scoped) = match named(number) {
        Some(name) => match digits(&name) {
            Some(digits) => (Some(digits), None),
            None => (None, Some(name)),
        },
        None => (None, None),
    };
    Identity {
        wa_id,
        user_id: named(user_id).or(scoped),
        parent_user_id: named(parent_user_id),
    }
}

fn digits(name: &str) -> Option<String> {
    let digits = name.strip_prefix('+').unwrap_or(name);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.to_owned())
}

/// The contacts of a value.
pub(super) struct Contacts(Vec<Contact>);

struct Contact {
    identity: Identity,
    name: Option<String>,
}

impl Contacts {
    pub(super) fn of(value: &Node<'_>) -> Self {
        let contacts = value.all("contacts").flat_map(Node::items);
        let contacts = contacts.map(|contact| Contact {
            identity: identity(contact, "wa_id", "user_id", "parent_user_id"),
            name: contact.at(&["profile", "name"]).and_then(Node::name),
        });
        Self(contacts.collect())
    }

    /// The person, with the identifiers of the matching contact, and the contact's name.
    pub(super) fn complete(&self, person: Identity) -> (Identity, Option<String>) {
        let own: Vec<&Contact> = self
            .0
            .iter()
            .filter(|contact| is_same(&person, &contact.identity))
            .collect();
        let added = |part: fn(&Identity) -> &Option<String>| {
            only(
                own.iter()
                    .filter_map(|contact| part(&contact.identity).as_ref()),
            )
        };
        let name = own.iter().find_map(|contact| contact.name.clone());
        let completed = Identity {
            wa_id: added(|identity| &identity.wa_id),
            user_id: added(|identity| &identity.user_id),
            parent_user_id: added(|identity| &identity.parent_user_id),
        };
        let completed = Identity {
            wa_id: person.wa_id.or(completed.wa_id),
            user_id: person.user_id.or(completed.user_id),
            parent_user_id: person.parent_user_id.or(completed.parent_user_id),
        };
        (completed, name)
    }
}

/// Whether a contact is this person: an identifier is equal, and none contradicts.
fn is_same(person: &Identity, contact: &Identity) -> bool {
    let pairs = [
        (&person.wa_id, &contact.wa_id),
        (&person.user_id, &contact.user_id),
    ];
    let both = pairs
        .iter()
        .filter_map(|(one, other)| Some(one.as_ref()? == other.as_ref()?));
    let both: Vec<bool> = both.collect();
    !both.is_empty() && both.into_iter().all(|is_equal| is_equal)
}

/// The single value on which all agree.
fn only<'v>(values: impl Iterator<Item = &'v String>) -> Option<String> {
    let mut values: Vec<&String> = values.collect();
    values.sort_unstable();
    values.dedup();
    match values.as_slice() {
        [value] => Some((*value).clone()),
        _ => None,
    }
}
