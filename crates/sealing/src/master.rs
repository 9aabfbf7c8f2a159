//! Master keys: they seal the keys of businesses and nothing else.
//!
//! A sealed key is bound to the business, the key id and the purpose, so that it cannot be moved to another business's
//! row. The first master key seals, all open; [`MasterKeys::rewrap`] re-encrypts rows with a new one.

use std::fmt;

use secrecy::SecretString;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::blob::{self, SealError};
use crate::key_ring::KeyRing;
use crate::key_text::{self, KEY_BYTES, KeyBytes, KeyError};
use crate::random::random_bytes;

const CONTEXT: &[u8] = b"djigbachats.wrap.v1";

/// One or more master keys.
pub struct MasterKeys(KeyRing);

/// The purpose of a key of a business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// Seals fields.
    Seal,
    /// Keys look-up hashes.
    Lookup,
}

/// A key of a business as it is stored: sealed with a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Distinct within business and purpose, from 1; the highest is in use.
    pub key_id: i32,
    /// Its purpose.
    pub purpose: KeyPurpose,
    /// The key, sealed.
    pub sealed: Vec<u8>,
}

impl KeyPurpose {
    /// The number that is stored.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Seal => 1,
            Self::Lookup => 2,
        }
    }

    /// The purpose of a stored number.
    #[must_use]
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            1 => Some(Self::Seal),
            2 => Some(Self::Lookup),
            _ => None,
        }
    }
}

impl MasterKeys {
    /// Parses `<id>:<base64 of 32 bytes>`, several separated by commas or line ends; the first one seals.
    ///
    /// # Errors
    /// When the text holds no key or an entry is invalid.
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        KeyRing::parse(text).map(Self)
    }

    /// The text of a new master key with the id 1.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate_text() -> Result<SecretString, SealError> {
        key_text::generate_text()
    }

    /// A new random key of a business, ready to be stored.
    ///
    /// # Errors
    /// When the operating system gives no randomness or the master key is exhausted.
    pub fn new_key(
        &self,
        business_id: Uuid,
        purpose: KeyPurpose,
        key_id: i32,
    ) -> Result<WrappedKey, SealError> {
        let key = Zeroizing::new(random_bytes::<KEY_BYTES>()?);
        let sealed = self
            .0
            .seal(&context(business_id, purpose, key_id), key.as_slice())?;
        Ok(WrappedKey {
            key_id,
            purpose,
            sealed,
        })
    }

    /// The row sealed with the first master key; `None` when it already is.
    ///
    /// # Errors
    /// When the row cannot be opened with the available keys.
    pub fn rewrap(
        &self,
        business_id: Uuid,
        row: &WrappedKey,
    ) -> Result<Option<WrappedKey>, SealError> {
        if blob::key_id(&row.sealed)? == self.0.newest_id()? {
            return Ok(None);
        }
        let key = self.unwrap(business_id, row)?;
        let context = context(business_id, row.purpose, row.key_id);
        let sealed = self.0.seal(&context, key.as_slice())?;
        Ok(Some(WrappedKey {
            sealed,
            ..row.clone()
        }))
    }

    pub(crate) fn unwrap(
        &self,
        business_id: Uuid,
        row: &WrappedKey,
    ) -> Result<KeyBytes, SealError> {
        let context = context(business_id, row.purpose, row.key_id);
        let opened = self.0.open(&context, &row.sealed)?;
        let bytes = <[u8; KEY_BYTES]>::try_from(opened.as_slice());
        bytes.map(Zeroizing::new).map_err(|_| SealError::Malformed)
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeys([masked])")
    }
}

fn context(business_id: Uuid, purpose: KeyPurpose, key_id: i32) -> Vec<u8> {
    let mut bytes = CONTEXT.to_vec();
    bytes.extend_from_slice(business_id.as_bytes());
    bytes.extend_from_slice(&purpose.code().to_be_bytes());
    bytes.extend_from_slice(&key_id.to_be_bytes());
    bytes
}
