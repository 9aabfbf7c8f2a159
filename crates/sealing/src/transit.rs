//! The transit key: seals personal data while it crosses the broker.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::blob::SealError;
use crate::key_ring::KeyRing;
use crate::key_text::{self, KeyError};

const CONTEXT: &[u8] = b"djigbachats.transit.v1";

/// A symmetric key that the writer and the reader of a queue share. Cloning is cheap.
#[derive(Clone)]
pub struct TransitKey(Arc<KeyRing>);

impl TransitKey {
    /// Parses `<id>:<base64 of 32 bytes>`, several separated by commas or line ends; the first one seals.
    ///
    /// # Errors
    /// When the text holds no key or an entry is invalid.
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        KeyRing::parse(text).map(|ring| Self(Arc::new(ring)))
    }

    /// The text of a new transit key with the id 1.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate_text() -> Result<SecretString, SealError> {
        key_text::generate_text()
    }

    /// Seals a value for a purpose, such as the name of the field that carries it.
    ///
    /// # Errors
    /// When the key is exhausted or there is no randomness.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.0.seal(&context(purpose), plain)
    }

    /// Opens a value that was sealed for the same purpose.
    ///
    /// # Errors
    /// When the bytes were changed, were sealed for another purpose, or with a key that is not available.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.0.open(&context(purpose), sealed)
    }
}

impl fmt::Debug for TransitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransitKey([masked])")
    }
}

fn context(purpose: &str) -> Vec<u8> {
    let mut bytes = CONTEXT.to_vec();
    bytes.extend_from_slice(purpose.as_bytes());
    bytes
}
