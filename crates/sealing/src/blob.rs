//! The format of all sealed values: AES-256-GCM under one key.
//!
//! A blob is version (1 byte), key id (4, big endian), nonce (12), ciphertext and tag (16). The associated data begins
//! with version and key id, so neither can be exchanged. Nonces are random; NIST SP 800-38D allows 2^32 of them for one
//! key, so a key that has sealed that many values in this process refuses further ones.

use std::sync::atomic::{AtomicU64, Ordering};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::key_text::KeyBytes;
use crate::random::random_bytes;

const VERSION: u8 = 1;
const MAX_SEALS: u64 = 1 << 32;
const HEADER: usize = 1 + 4;

/// Why a value was not sealed or opened. It never shows content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short, or of another version.
    #[error("the bytes are not a sealed value of a known version")]
    Malformed,
    /// Sealed with a key that is not available.
    #[error("the value is sealed with the key {0}, which is not available")]
    UnknownKey(u32),
    /// The bytes were changed, or the value was sealed for another context.
    #[error("the sealed value was changed or belongs to another seal context")]
    Refused,
    /// The key has sealed 2^32 values.
    #[error("the key {0} has sealed the maximum number of values; rotate it")]
    Exhausted(u32),
    /// No key of the needed purpose, or a key id out of range.
    #[error("the business has no usable key of this purpose")]
    NoKey,
    /// The operating system provides no randomness.
    #[error("the operating system gives no randomness")]
    NoRandomness,
}

/// A key with its id and the number of values that it sealed in this process.
pub(crate) struct SealingKey {
    id: u32,
    key: LessSafeKey,
    seals: AtomicU64,
}

impl SealingKey {
    pub(crate) fn new(id: u32, bytes: &KeyBytes) -> Result<Self, SealError> {
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_slice()).map_err(|_| SealError::NoKey)?;
        Ok(Self {
            id,
            key: LessSafeKey::new(key),
            seals: AtomicU64::new(0),
        })
    }

    pub(crate) const fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        if self.seals.fetch_add(1, Ordering::Relaxed) >= MAX_SEALS {
            return Err(SealError::Exhausted(self.id));
        }
        let nonce = random_bytes::<NONCE_LEN>()?;
        let mut body = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        body.extend_from_slice(plain);
        let aad = Aad::from(associated_data(self.id, context));
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body)
            .map_err(|_| SealError::Exhausted(self.id))?;
        let mut blob = Vec::with_capacity(HEADER + NONCE_LEN + body.len());
        blob.push(VERSION);
        blob.extend_from_slice(&self.id.to_be_bytes());
        blob.extend_from_slice(&nonce);
        blob.append(&mut body);
        Ok(blob)
    }

    pub(crate) fn open(
        &self,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        if key_id(sealed)? != self.id {
            return Err(SealError::UnknownKey(key_id(sealed)?));
        }
        let nonce = sealed
            .get(HEADER..HEADER + NONCE_LEN)
            .and_then(|bytes| Nonce::try_assume_unique_for_key(bytes).ok());
        let body = sealed.get(HEADER + NONCE_LEN..);
        let (nonce, body) = nonce.zip(body).ok_or(SealError::Malformed)?;
        let mut buffer = Zeroizing::new(body.to_vec());
        let aad = Aad::from(associated_data(self.id, context));
        let opened = self.key.open_in_place(nonce, aad, &mut buffer);
        let length = opened.map_err(|_| SealError::Refused)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }

    #[cfg(test)]
    fn pretend_seals(&self, count: u64) {
        self.seals.store(count, Ordering::Relaxed);
    }
}

/// The id of the key that sealed the value.
pub(crate) fn key_id(sealed: &[u8]) -> Result<u32, SealError> {
    let (version, rest) = sealed.split_first().ok_or(SealError::Malformed)?;
    let id = rest.first_chunk::<4>().ok_or(SealError::Malformed)?;
    if *version != VERSION {
        return Err(SealError::Malformed);
    }
    Ok(u32::from_be_bytes(*id))
}

fn associated_data(id: u32, context: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(HEADER + context.len());
    data.push(VERSION);
    data.extend_from_slice(&id.to_be_bytes());
    data.extend_from_slice(context);
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_sealed_2_to_the_32_values_refuses_to_go_on() {
        let key = SealingKey::new(7, &Zeroizing::new([1; 32])).unwrap();
        key.pretend_seals(MAX_SEALS - 1);
        assert!(key.seal(b"", b"the last").is_ok());
        assert_eq!(key.seal(b"", b"one more"), Err(SealError::Exhausted(7)));
    }
}
