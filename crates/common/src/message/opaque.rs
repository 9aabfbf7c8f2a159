//! The id that is sent to Meta in `biz_opaque_callback_data` and returned in each status of the message.
//!
//! It contains business, message and attempt, so that a status finds its row without a look-up, even before Meta's
//! response to the POST was recorded. It ends in a truncated HMAC, because a merchant can post with its own token and
//! give the id of another business's message: the `sealing` crate makes and checks the signature over
//! [`OpaqueId::signed_part`].
//!
//! Form: `d1.` and 100 hexadecimal digits (business 32, message 32, attempt 4, signature 32), well under the 128
//! characters that are safe in this field. It holds no personal data, so it may be logged.

use std::fmt;

use uuid::Uuid;

use crate::ids::{BusinessId, MessageId};

/// How many bytes of HMAC-SHA256 are kept.
pub const SIGNATURE_BYTES: usize = 16;
const PREFIX: &str = "d1.";
const DIGITS: usize = 100;

/// A parsed opaque id. Its signature is not verified until `sealing` has checked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpaqueId {
    /// The business that the message belongs to.
    pub business_id: BusinessId,
    /// The message.
    pub message_id: MessageId,
    /// The attempt that was posted, from 1.
    pub attempt: u16,
    /// The truncated HMAC over the other parts.
    pub signature: [u8; SIGNATURE_BYTES],
}

/// Text that does not have the form of our opaque ids: data of another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an opaque id of ours")]
pub struct OpaqueIdError;

impl OpaqueId {
    /// The bytes that are signed.
    #[must_use]
    pub fn signed_part(business_id: BusinessId, message_id: MessageId, attempt: u16) -> Vec<u8> {
        let mut bytes = b"djigbachats.opaque.v1".to_vec();
        bytes.extend_from_slice(business_id.as_uuid().as_bytes());
        bytes.extend_from_slice(message_id.as_uuid().as_bytes());
        bytes.extend_from_slice(&attempt.to_be_bytes());
        bytes
    }

    /// Parses the text of a status.
    ///
    /// # Errors
    /// When the text does not have our form; its signature is not checked here.
    pub fn parse(text: &str) -> Result<Self, OpaqueIdError> {
        let digits = text.strip_prefix(PREFIX).ok_or(OpaqueIdError)?;
        if digits.len() != DIGITS
            || !digits
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            return Err(OpaqueIdError);
        }
        let wide = |from: usize| {
            let part = digits.get(from..from + 32).ok_or(OpaqueIdError)?;
            u128::from_str_radix(part, 16).map_err(|_| OpaqueIdError)
        };
        let attempt = digits.get(64..68).ok_or(OpaqueIdError)?;
        Ok(Self {
            business_id: BusinessId::from_uuid(Uuid::from_u128(wide(0)?)),
            message_id: MessageId::from_uuid(Uuid::from_u128(wide(32)?)),
            attempt: u16::from_str_radix(attempt, 16).map_err(|_| OpaqueIdError)?,
            signature: wide(68)?.to_be_bytes(),
        })
    }
}

impl fmt::Display for OpaqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{PREFIX}{:032x}{:032x}{:04x}{:032x}",
            self.business_id.as_uuid().as_u128(),
            self.message_id.as_uuid().as_u128(),
            self.attempt,
            u128::from_be_bytes(self.signature),
        )
    }
}
