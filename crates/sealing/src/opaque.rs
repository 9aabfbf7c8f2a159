//! Signatures of the opaque ids that are sent to Meta and returned by it.

use std::fmt;
use std::sync::Arc;

use ring::hmac;
use secrecy::SecretString;

use crate::blob::SealError;
use crate::key_text::{self, KeyError, parse_keys};
use crate::random::constant_time_eq;

/// How many bytes of HMAC-SHA256 are kept: 128 bits cannot be guessed, and the field at Meta is short.
const SIGNATURE_BYTES: usize = 16;

/// Signs with its first key and accepts the signatures of all of them. Cloning is cheap.
#[derive(Clone)]
pub struct OpaqueSigner(Arc<Signers>);

struct Signers {
    newest: hmac::Key,
    older: Vec<hmac::Key>,
}

impl OpaqueSigner {
    /// Parses `<id>:<base64 of 32 bytes>`, several separated by commas or line ends; the first one signs.
    ///
    /// # Errors
    /// When the text holds no key or an entry is invalid.
    pub fn new(text: &SecretString) -> Result<Self, KeyError> {
        let keys = parse_keys(text)?;
        let mut keys = keys
            .iter()
            .map(|(_, bytes)| hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()));
        let newest = keys.next().ok_or(KeyError::Empty)?;
        let older = keys.collect();
        Ok(Self(Arc::new(Signers { newest, older })))
    }

    /// The text of a new signing key with the id 1.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate_text() -> Result<SecretString, SealError> {
        key_text::generate_text()
    }

    /// The signature over the bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> [u8; SIGNATURE_BYTES] {
        signature(&self.0.newest, bytes)
    }

    /// Whether the signature over the bytes was made with one of the keys.
    #[must_use]
    pub fn verify(&self, bytes: &[u8], claimed: &[u8; SIGNATURE_BYTES]) -> bool {
        std::iter::once(&self.0.newest)
            .chain(&self.0.older)
            .any(|key| constant_time_eq(&signature(key, bytes), claimed))
    }
}

impl fmt::Debug for OpaqueSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpaqueSigner([masked])")
    }
}

fn signature(key: &hmac::Key, bytes: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let tag = hmac::sign(key, bytes);
    let mut kept = [0; SIGNATURE_BYTES];
    for (to, from) in kept.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    kept
}
