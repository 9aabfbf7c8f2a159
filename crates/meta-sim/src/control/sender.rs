//! The author of an inbound message and how a webhook names them (Meta, business-scoped user ids): by phone number, by
//! BSUID, or by both.

use serde_json::{Map, Value, json};

use super::error::ControlError;
use crate::bsuid;
use crate::clock::now_ms;
use crate::number_plan::wa_id_of;
use crate::state::State;
use crate::state::accounts::{StoredNumber, digits};
use crate::state::people::Person;

const SHORTEST_NUMBER: usize = 7;
const DEFAULT_NAME: &str = "Awa Ouédraogo";

/// A person as named in a control call.
#[derive(Clone, Copy, Default)]
pub(super) struct Named<'a> {
    /// A phone number, or the BSUID of a person whose number Meta does not show.
    pub(super) from: &'a str,
    pub(super) user_id: Option<&'a str>,
    pub(super) parent_user_id: Option<&'a str>,
    pub(super) username: Option<&'a str>,
    pub(super) omit_user_id: bool,
}

/// A person who writes.
pub(super) struct Sender {
    pub(super) person: Person,
    shows_phone: bool,
    shows_user_id: bool,
}

impl Sender {
    /// Finds the person, and stores the parts identifiers.
    pub(super) fn of(
        state: &State,
        number: &StoredNumber,
        named: Named<'_>,
    ) -> Result<Self, ControlError> {
        let business = &number.business_id;
        let shows_phone = !bsuid::is_bsuid(named.from);
        let known = if shows_phone {
            let number = digits(named.from);
            if number.len() < SHORTEST_NUMBER {
                return Err(ControlError::UnknownSender);
            }
            state.people.by_phone(business, &wa_id_of(&number))
        } else {
            let known = state.people.by_user_id(business, named.from);
            known.unwrap_or_else(|| Person::of_user_id(named.from))
        };
        let person = with_given_identifiers(state, business, &known, named)?;
        let sender = Self {
            person,
            shows_phone,
            shows_user_id: !(shows_phone && named.omit_user_id),
        };
        if shows_phone {
            let conversations = &state.conversations;
            conversations.showed_phone(&number.facts.id, sender.client(), now_ms());
        }
        Ok(sender)
    }

    /// The key by which the simulator distinguishes clients.
    pub(super) fn client(&self) -> &str {
        &self.person.user_id
    }

    /// The phone number, if webhooks show it.
    pub(super) fn wa_id(&self) -> Option<&str> {
        self.person.wa_id.as_deref().filter(|_| self.shows_phone)
    }

    /// The BSUID, if webhooks show it.
    pub(super) fn user_id(&self) -> Option<&str> {
        self.shows_user_id.then_some(self.client())
    }

    /// The parent BSUID, if webhooks show it.
    pub(super) fn parent_user_id(&self) -> Option<&str> {
        let parent = self.person.parent_user_id.as_deref();
        parent.filter(|_| self.shows_user_id)
    }

    /// `contacts` of a webhook.
    pub(super) fn contacts(&self, name: Option<&str>) -> Value {
        let mut profile = json!({"name": name.unwrap_or(DEFAULT_NAME)});
        put(&mut profile, "username", self.person.username.as_deref());
        let mut contact = json!({ "profile": profile });
        put(&mut contact, "wa_id", self.wa_id());
        put(&mut contact, "user_id", self.user_id());
        put(&mut contact, "parent_user_id", self.parent_user_id());
        json!([contact])
    }
}

/// A webhook's value with only the number's metadata.
pub(super) fn value_of(number: &StoredNumber) -> Map<String, Value> {
    let metadata = json!({
        "display_phone_number": number.digits,
        "phone_number_id": number.facts.id,
    });
    Map::from_iter([
        ("messaging_product".to_owned(), json!("whatsapp")),
        ("metadata".to_owned(), metadata),
    ])
}

/// Adds a text to an object, if there is one.
pub(super) fn put(object: &mut Value, key: &str, text: Option<&str>) {
    if let (Some(object), Some(text)) = (object.as_object_mut(), text) {
        object.insert(key.to_owned(), json!(text));
    }
}

fn with_given_identifiers(
    state: &State,
    business: &str,
    known: &Person,
    named: Named<'_>,
) -> Result<Person, ControlError> {
    let ids = [named.user_id, named.parent_user_id];
    if ids.iter().flatten().any(|id| !bsuid::is_bsuid(id)) {
        return Err(ControlError::UnknownSender);
    }
    let said = |said: Option<&str>, known: &Option<String>| {
        said.map(str::to_owned).or_else(|| known.clone())
    };
    let other = named
        .user_id
        .is_some_and(|user_id| user_id != known.user_id);
    let known = match named.user_id.filter(|_| other) {
        // The data of the number's former owner does not apply to this person.
        Some(user_id) => Person {
            wa_id: known.wa_id.clone(),
            ..Person::of_user_id(user_id)
        },
        None => known.clone(),
    };
    let person = Person {
        parent_user_id: said(named.parent_user_id, &known.parent_user_id),
        username: said(named.username, &known.username),
        ..known
    };
    let met = state.people.by_user_id(business, &person.user_id);
    if met.as_ref() != Some(&person) {
        state.people.put(business, &person);
    }
    Ok(person)
}
