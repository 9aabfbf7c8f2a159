//! Keyed hashes: values can be compared without being readable.
//!
//! A plain hash of a phone number is not anonymous (a country has some 10^8 of them), so each business has a pepper.
//! The domain is part of the hashed bytes, so that hashes of different kinds of values are never equal.

use std::fmt;

use ring::hmac;

use crate::key_text::KeyBytes;

const CONTEXT: &[u8] = b"djigbachats.lookup.v1";

/// The kind of value that is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashDomain {
    /// A phone number in E.164.
    Phone,
    /// A business-scoped user id of Meta.
    Bsuid,
    /// The caller's own reference of a contact or message.
    Reference,
    /// Meta's id of a message.
    Wamid,
    /// A caller's idempotency key.
    IdempotencyKey,
    /// A creating call: its method, path and body.
    Request,
}

/// A keyed hash with the version of its pepper.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LookupHash {
    /// The key id of the pepper.
    pub version: i16,
    /// HMAC-SHA256.
    pub bytes: [u8; 32],
}

/// A pepper with its version.
pub(crate) struct Pepper {
    version: i16,
    key: hmac::Key,
}

impl HashDomain {
    const fn tag(self) -> u8 {
        match self {
            Self::Phone => 1,
            Self::Bsuid => 2,
            Self::Reference => 3,
            Self::Wamid => 4,
            Self::IdempotencyKey => 5,
            Self::Request => 6,
        }
    }
}

impl fmt::Debug for LookupHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LookupHash(v{}, [masked])", self.version)
    }
}

impl Pepper {
    pub(crate) fn new(version: i16, key: &KeyBytes) -> Self {
        Self {
            version,
            key: hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()),
        }
    }

    pub(crate) fn hash(&self, domain: HashDomain, value: &[u8]) -> LookupHash {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(CONTEXT);
        context.update(&[domain.tag()]);
        context.update(value);
        let mut bytes = [0; 32];
        let tag = context.sign();
        for (to, from) in bytes.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        LookupHash {
            version: self.version,
            bytes,
        }
    }
}
