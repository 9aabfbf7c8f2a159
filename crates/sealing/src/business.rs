//! The keys of one business, unwrapped: data keys that seal its fields and peppers for its look-up hashes.
//!
//! The highest key id of a purpose is in use; older keys open and match values until none made with them is left.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::blob::{SealError, SealingKey};
use crate::key_ring::KeyRing;
use crate::lookup::{HashDomain, LookupHash, Pepper};
use crate::master::{KeyPurpose, MasterKeys, WrappedKey};
use crate::seal_context::SealContext;

/// The keys of one business. Cloning is cheap.
#[derive(Clone)]
pub struct BusinessKeys(Arc<Keys>);

struct Keys {
    business_id: Uuid,
    seal: KeyRing,
    newest_pepper: Pepper,
    older_peppers: Vec<Pepper>,
}

/// The first keys of a business.
#[derive(Debug)]
pub struct NewKeys {
    /// The rows to store.
    pub rows: Vec<WrappedKey>,
    /// The same keys, ready for use.
    pub keys: BusinessKeys,
}

impl BusinessKeys {
    /// Creates the first data key and the first pepper of a business.
    ///
    /// # Errors
    /// When the operating system gives no randomness or the master key is exhausted.
    pub fn generate(master: &MasterKeys, business_id: Uuid) -> Result<NewKeys, SealError> {
        let rows = vec![
            master.new_key(business_id, KeyPurpose::Seal, 1)?,
            master.new_key(business_id, KeyPurpose::Lookup, 1)?,
        ];
        let keys = Self::unwrap_from(master, business_id, &rows)?;
        Ok(NewKeys { rows, keys })
    }

    /// Opens the stored keys of a business.
    ///
    /// # Errors
    /// When a row cannot be opened with the available master keys, belongs to another business, or a purpose has no
    /// key.
    pub fn unwrap_from(
        master: &MasterKeys,
        business_id: Uuid,
        rows: &[WrappedKey],
    ) -> Result<Self, SealError> {
        let mut newest_first: Vec<&WrappedKey> = rows.iter().collect();
        newest_first.sort_by_key(|row| std::cmp::Reverse(row.key_id));
        let (mut seal, mut peppers) = (Vec::new(), Vec::new());
        for row in newest_first {
            let key = master.unwrap(business_id, row)?;
            match row.purpose {
                KeyPurpose::Seal => {
                    let id = u32::try_from(row.key_id).map_err(|_| SealError::NoKey)?;
                    seal.push(SealingKey::new(id, &key)?);
                }
                KeyPurpose::Lookup => {
                    let version = i16::try_from(row.key_id).map_err(|_| SealError::NoKey)?;
                    peppers.push(Pepper::new(version, &key));
                }
            }
        }
        let mut peppers = peppers.into_iter();
        Ok(Self(Arc::new(Keys {
            business_id,
            seal: KeyRing::new(seal)?,
            newest_pepper: peppers.next().ok_or(SealError::NoKey)?,
            older_peppers: peppers.collect(),
        })))
    }

    /// The business of the keys.
    #[must_use]
    pub fn business_id(&self) -> Uuid {
        self.0.business_id
    }

    /// Seals a value for its context with the newest data key.
    ///
    /// # Errors
    /// When the context is of another business, the key is exhausted, or there is no randomness.
    pub fn seal(&self, context: &SealContext<'_>, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.check(context)?;
        self.0.seal.seal(&context.aad(), plain)
    }

    /// Opens a value of a context. The plain text is wiped when dropped.
    ///
    /// # Errors
    /// When the bytes were changed, were sealed for another context or business, or with a key that is not available.
    pub fn open(
        &self,
        context: &SealContext<'_>,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.check(context)?;
        self.0.seal.open(&context.aad(), sealed)
    }

    /// Whether the value was sealed with the newest data key: if not, a rotation has to seal it again.
    #[must_use]
    pub fn is_newest(&self, sealed: &[u8]) -> bool {
        crate::blob::key_id(sealed) == self.0.seal.newest_id()
    }

    /// The hash to store, made with the newest pepper.
    #[must_use]
    pub fn lookup_hash(&self, domain: HashDomain, value: &[u8]) -> LookupHash {
        self.0.newest_pepper.hash(domain, value)
    }

    /// The hashes to search for: one for each pepper in use, the newest first.
    #[must_use]
    pub fn lookup_hashes(&self, domain: HashDomain, value: &[u8]) -> Vec<LookupHash> {
        std::iter::once(&self.0.newest_pepper)
            .chain(&self.0.older_peppers)
            .map(|pepper| pepper.hash(domain, value))
            .collect()
    }

    fn check(&self, context: &SealContext<'_>) -> Result<(), SealError> {
        if context.business_id == self.0.business_id {
            Ok(())
        } else {
            Err(SealError::Refused)
        }
    }
}

impl fmt::Debug for BusinessKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BusinessKeys({}, [masked])", self.0.business_id)
    }
}
