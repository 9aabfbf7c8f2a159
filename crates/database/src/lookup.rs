//! The look-up key of a person: what opt-outs, windows, limits and messages are found by.
//!
//! All spellings of a number have one key ([`lookup_form`]), whoever wrote them; it finds a person and is never posted
//! to. No other code hashes a number or a user id.

use std::borrow::Cow;

use common::phone::E164;
use common::phone::renumbering::lookup_form;
use common::recipient::{Bsuid, Recipient};
use sealing::{BusinessKeys, HashDomain, LookupHash};

/// What is hashed of an identifier of a person. It is never printed.
pub struct LookupKey<'a> {
    domain: HashDomain,
    text: Cow<'a, str>,
}

/// The hash to store of an identifier: made with the newest pepper.
#[must_use]
pub fn hash<'a>(keys: &BusinessKeys, identifier: impl Into<LookupKey<'a>>) -> LookupHash {
    let LookupKey { domain, text } = identifier.into();
    keys.lookup_hash(domain, text.as_bytes())
}

/// The hashes to look for: one for each live pepper, the newest first.
#[must_use]
pub fn hashes<'a>(keys: &BusinessKeys, identifier: impl Into<LookupKey<'a>>) -> Vec<LookupHash> {
    let LookupKey { domain, text } = identifier.into();
    keys.lookup_hashes(domain, text.as_bytes())
}

impl<'a> From<&'a E164> for LookupKey<'a> {
    fn from(number: &'a E164) -> Self {
        Self {
            domain: HashDomain::Phone,
            text: Cow::Owned(format!("+{}", lookup_form(number.expose()))),
        }
    }
}

impl<'a> From<&'a Bsuid> for LookupKey<'a> {
    fn from(id: &'a Bsuid) -> Self {
        Self {
            domain: HashDomain::Bsuid,
            text: Cow::Borrowed(id.expose()),
        }
    }
}

impl<'a> From<&'a Recipient> for LookupKey<'a> {
    fn from(recipient: &'a Recipient) -> Self {
        match recipient {
            Recipient::Phone(number) => number.into(),
            Recipient::User(id) => id.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sealing::{MasterKeys, NewKeys};
    use uuid::Uuid;

    use super::*;

    fn keys() -> BusinessKeys {
        let master = MasterKeys::parse(&MasterKeys::generate_text().unwrap()).unwrap();
        let NewKeys { keys, .. } = BusinessKeys::generate(&master, Uuid::now_v7()).unwrap();
        keys
    }

    fn named(text: &str) -> Recipient {
        Recipient::from_meta(text).unwrap()
    }

    #[test]
    fn one_person_has_one_key_however_their_number_is_spelled() {
        let keys = keys();
        for (one, other) in [
            ("2290197123456", "22997123456"),
            ("5531991234567", "553191234567"),
            ("525512345678", "5215512345678"),
        ] {
            assert_eq!(
                hash(&keys, &named(one)),
                hash(&keys, &named(other)),
                "{one}"
            );
            assert_eq!(hashes(&keys, &named(one)), [hash(&keys, &named(other))]);
        }
        assert_ne!(
            hash(&keys, &named("22670112233")),
            hash(&keys, &named("22670112234"))
        );
    }

    #[test]
    fn numbers_and_user_ids_are_hashed_apart_and_as_they_always_were() {
        let keys = keys();
        let number = E164::parse_strict("+22670112233").unwrap();
        let of_number = keys.lookup_hash(HashDomain::Phone, b"+22670112233");
        assert_eq!(hash(&keys, &number), of_number);
        assert_eq!(hash(&keys, &Recipient::Phone(number)), of_number);
        let id = Bsuid::parse("BF.13491208655302741918").unwrap();
        let of_id = keys.lookup_hash(HashDomain::Bsuid, b"BF.13491208655302741918");
        assert_eq!(hash(&keys, &id), of_id);
        assert_eq!(hash(&keys, &Recipient::User(id)), of_id);
    }
}
