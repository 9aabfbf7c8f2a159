//! API keys: `djp_` (the platform's) or `djb_` (a business's), the key id, and 256 random bits.
//!
//! Only the SHA-256 of the secret is stored. A plain hash is enough here: 256 random bits cannot be searched.

use std::fmt;

use ring::{digest, hmac};
use secrecy::SecretString;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::SealError;
use crate::random::{constant_time_eq, random_bytes};

const SECRET_BYTES: usize = 32;
const HASH_BYTES: usize = 32;
const FINGERPRINT_KEY: &[u8] = b"djigbachats.fingerprint.v1";
const FINGERPRINT_BYTES: usize = 4;

/// The kind of holder of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiKeyKind {
    /// Im.Age Commerce's: used for the business in the path.
    Platform,
    /// A business's own.
    Business,
}

/// A newly created key. Its text is shown once and never stored.
pub struct NewApiKey {
    /// The text that the holder sends.
    pub text: SecretString,
    /// The hash that is stored: SHA-256 of the secret.
    pub hash: [u8; HASH_BYTES],
}

/// A key that a caller sent: well formed, not yet verified.
#[derive(Clone)]
pub struct PresentedApiKey {
    kind: ApiKeyKind,
    key_id: Uuid,
    hash: [u8; HASH_BYTES],
}

impl ApiKeyKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Platform => "djp",
            Self::Business => "djb",
        }
    }
}

/// Creates a key with 256 random bits under the given id.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn new_api_key(kind: ApiKeyKind, key_id: Uuid) -> Result<NewApiKey, SealError> {
    let secret = Zeroizing::new(random_bytes::<SECRET_BYTES>()?);
    let secret_hex = Zeroizing::new(hex::encode(secret.as_slice()));
    let text = format!(
        "{}_{}_{}",
        kind.prefix(),
        key_id.simple(),
        secret_hex.as_str()
    );
    Ok(NewApiKey {
        text: SecretString::from(text),
        hash: sha256(secret.as_slice()),
    })
}

impl PresentedApiKey {
    /// Parses the text that a caller sent; `None` when it does not have the form of a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('_');
        let kind = match parts.next()? {
            "djp" => ApiKeyKind::Platform,
            "djb" => ApiKeyKind::Business,
            _ => return None,
        };
        let (id, secret) = (parts.next()?, parts.next()?);
        if id.len() != 32 || parts.next().is_some() {
            return None;
        }
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        hex::decode_to_slice(secret, bytes.as_mut_slice()).ok()?;
        Some(Self {
            kind,
            key_id: Uuid::try_parse(id).ok()?,
            hash: sha256(bytes.as_slice()),
        })
    }

    /// The kind that the text gives; not verified.
    #[must_use]
    pub const fn kind(&self) -> ApiKeyKind {
        self.kind
    }

    /// The id under which its hash is stored.
    #[must_use]
    pub const fn key_id(&self) -> Uuid {
        self.key_id
    }

    /// Whether the stored hash is that of this key, in constant time.
    #[must_use]
    pub fn matches(&self, stored_hash: &[u8]) -> bool {
        constant_time_eq(&self.hash, stored_hash)
    }
}

impl fmt::Debug for NewApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewApiKey([masked])")
    }
}

impl fmt::Debug for PresentedApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "PresentedApiKey({:?}, {}, [masked])",
            self.kind, self.key_id
        )
    }
}

/// Eight hexadecimal digits that distinguish two secrets in the audit log without revealing either.
///
/// For secrets of high entropy only: a phone number could be recovered from its fingerprint.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, FINGERPRINT_KEY);
    let tag = hmac::sign(&key, secret.as_bytes());
    tag.as_ref()
        .iter()
        .take(FINGERPRINT_BYTES)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn sha256(bytes: &[u8]) -> [u8; HASH_BYTES] {
    let digest = digest::digest(&digest::SHA256, bytes);
    let mut hash = [0; HASH_BYTES];
    for (to, from) in hash.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    hash
}
