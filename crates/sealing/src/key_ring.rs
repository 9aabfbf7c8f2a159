//! Several keys for one use: the first one seals, and a value is opened with the key whose id it contains.

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::blob::{self, SealError, SealingKey};
use crate::key_text::{KeyError, parse_keys};

/// At least one key; ids are distinct.
pub(crate) struct KeyRing(Vec<SealingKey>);

impl KeyRing {
    pub(crate) fn parse(text: &SecretString) -> Result<Self, KeyError> {
        let keys = parse_keys(text)?;
        let keys = keys.iter().enumerate().map(|(index, (id, bytes))| {
            SealingKey::new(*id, bytes).map_err(|_| KeyError::Bytes(index + 1))
        });
        Ok(Self(keys.collect::<Result<_, _>>()?))
    }

    /// A ring of keys that were parsed elsewhere; the first of them seals.
    pub(crate) fn new(keys: Vec<SealingKey>) -> Result<Self, SealError> {
        if keys.is_empty() {
            return Err(SealError::NoKey);
        }
        Ok(Self(keys))
    }

    pub(crate) fn newest_id(&self) -> Result<u32, SealError> {
        self.0.first().map(SealingKey::id).ok_or(SealError::NoKey)
    }

    pub(crate) fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = self.0.first().ok_or(SealError::NoKey)?;
        key.seal(context, plain)
    }

    pub(crate) fn open(
        &self,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = blob::key_id(sealed)?;
        let key = self.0.iter().find(|key| key.id() == id);
        key.ok_or(SealError::UnknownKey(id))?.open(context, sealed)
    }
}
