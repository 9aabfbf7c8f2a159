//! The text form of keys: `1:<base64 of 32 bytes>`, several separated by commas or line ends.
//!
//! The first key seals or signs, all of them open or verify: to rotate, put a new key with a new id in front.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::SealError;
use crate::random::random_bytes;

/// The length of every key of the product, in bytes.
pub(crate) const KEY_BYTES: usize = 32;

/// The bytes of a key, wiped when dropped.
pub(crate) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// A key text that cannot be used. It never shows the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key at all.
    #[error("there is no key; write `<id>:<base64 of 32 bytes>`")]
    Empty,
    /// An entry (counted from 1) without an id from 1 to 4294967295 before its colon.
    #[error("key {0} has no id; write `<id>:<base64 of 32 bytes>`")]
    Id(usize),
    /// An entry (counted from 1) that is not 32 bytes in base64.
    #[error("key {0} is not 32 bytes in base64; `openssl rand -base64 32` makes one")]
    Bytes(usize),
    /// Two entries with one id.
    #[error("the key id {0} is given twice")]
    Twice(u32),
}

/// Parses the keys in their order.
pub(crate) fn parse_keys(text: &SecretString) -> Result<Vec<(u32, KeyBytes)>, KeyError> {
    let entries = text.expose_secret().split([',', '\n']).map(str::trim);
    let mut keys: Vec<(u32, KeyBytes)> = Vec::new();
    for (index, entry) in entries.filter(|entry| !entry.is_empty()).enumerate() {
        let (id, key) = parse_key(entry, index + 1)?;
        if keys.iter().any(|(known, _)| *known == id) {
            return Err(KeyError::Twice(id));
        }
        keys.push((id, key));
    }
    if keys.is_empty() {
        return Err(KeyError::Empty);
    }
    Ok(keys)
}

/// A new key with the id 1, in the form that [`parse_keys`] parses.
pub(crate) fn generate_text() -> Result<SecretString, SealError> {
    let key = Zeroizing::new(random_bytes::<KEY_BYTES>()?);
    let encoded = Zeroizing::new(STANDARD.encode(key.as_slice()));
    Ok(SecretString::from(format!("1:{}", encoded.as_str())))
}

fn parse_key(entry: &str, number: usize) -> Result<(u32, KeyBytes), KeyError> {
    let (id, encoded) = entry.split_once(':').ok_or(KeyError::Id(number))?;
    let id = id.trim().parse().map_err(|_| KeyError::Id(number))?;
    if id == 0 {
        return Err(KeyError::Id(number));
    }
    let decoded = STANDARD.decode(encoded.trim());
    let bytes = Zeroizing::new(decoded.map_err(|_| KeyError::Bytes(number))?);
    let bytes = <[u8; KEY_BYTES]>::try_from(bytes.as_slice());
    Ok((
        id,
        Zeroizing::new(bytes.map_err(|_| KeyError::Bytes(number))?),
    ))
}
