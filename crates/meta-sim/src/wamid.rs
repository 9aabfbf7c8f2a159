//! Message ids like Meta's: base64 of bytes that contain the recipient's number in plain text, which is why a wamid is
//! personal data.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};

const BEFORE_RECIPIENT: [u8; 2] = [0x1c, 0x18];
const BEFORE_ID: [u8; 5] = [0x15, 0x02, 0x00, 0x11, 0x18];
const INBOUND_BEFORE_ID: [u8; 5] = [0x15, 0x02, 0x00, 0x12, 0x18];

/// Generates message ids; each is new, also after a restart.
#[derive(Debug)]
pub(crate) struct Wamids {
    random: SystemRandom,
}

impl Default for Wamids {
    fn default() -> Self {
        Self {
            random: SystemRandom::new(),
        }
    }
}

impl Wamids {
    /// The id of a message to `recipient` (digits or BSUID).
    pub(crate) fn outbound(&self, recipient: &str) -> String {
        self.build(recipient, BEFORE_ID)
    }

    /// The id of a message from a client.
    pub(crate) fn inbound(&self, sender: &str) -> String {
        self.build(sender, INBOUND_BEFORE_ID)
    }

    fn build(&self, person: &str, before_id: [u8; 5]) -> String {
        let mut id = [0_u8; 9];
        // A failure of the system's randomness shows as a repeated wamid, which receivers count.
        let _ = self.random.fill(&mut id);
        let id = hex::encode_upper(id);
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(&BEFORE_RECIPIENT);
        bytes.push(u8::try_from(person.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(person.as_bytes());
        bytes.extend_from_slice(&before_id);
        bytes.push(u8::try_from(id.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(id.as_bytes());
        bytes.push(0);
        format!("wamid.{}", STANDARD.encode(bytes))
    }
}

/// The person in one of our wamids: digits or a BSUID; `None` for anything else.
pub(crate) fn person(wamid: &str) -> Option<String> {
    let bytes = STANDARD.decode(wamid.strip_prefix("wamid.")?).ok()?;
    let rest = bytes.strip_prefix(&BEFORE_RECIPIENT)?;
    let (length, rest) = rest.split_first()?;
    let person = rest.get(..usize::from(*length))?;
    String::from_utf8(person.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_person_is_decoded_from_a_wamid() {
        let made = Wamids::default().inbound("22670000001");
        assert_eq!(person(&made).as_deref(), Some("22670000001"));
        assert_eq!(person("wamid.HBgL"), None);
        assert_eq!(person("22670000001"), None);
    }

    #[test]
    fn a_wamid_begins_as_metas_own_for_the_same_number() {
        let made = Wamids::default().outbound("16467043595");
        let metas = "wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA";
        let bytes = |wamid: &str| {
            STANDARD
                .decode(wamid.strip_prefix("wamid.").unwrap())
                .unwrap()
        };
        let before_id = 3 + "16467043595".len() + BEFORE_ID.len() + 1;
        assert_eq!(bytes(&made)[..before_id], bytes(metas)[..before_id]);
        assert_eq!(bytes(&made).len(), bytes(metas).len());
        assert_ne!(made, Wamids::default().outbound("16467043595"));
    }
}
