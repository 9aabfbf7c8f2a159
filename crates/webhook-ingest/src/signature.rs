//! Meta's signature: HMAC-SHA256 over the raw bytes, with the secret of the app (Meta, webhooks: validating payloads).
//!
//! The bytes are those that were received: Meta escapes characters beyond ASCII, so a body that was parsed and
//! serialised again has another signature.

use common::secret::AppSecret;
use ring::hmac;

const PREFIX: &str = "sha256=";

/// Checks signatures with the current secret and, during a rotation, with the one before it.
pub(crate) struct Verifier(Vec<hmac::Key>);

impl Verifier {
    pub(crate) fn new(secrets: Vec<AppSecret>) -> Self {
        let key = |secret: AppSecret| hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        Self(secrets.into_iter().map(key).collect())
    }

    /// Whether the header is a signature of the body with one of the secrets. Compares in constant time.
    pub(crate) fn holds(&self, header: &str, body: &[u8]) -> bool {
        let Some(digits) = header.strip_prefix(PREFIX) else {
            return false;
        };
        // Meta writes lower case; another spelling of the same bytes is not Meta's.
        if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return false;
        }
        let Ok(signature) = hex::decode(digits) else {
            return false;
        };
        self.0
            .iter()
            .any(|key| hmac::verify(key, body, &signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"value":{"text":"\u00e9t\u00e9 \ud83d\ude00 https:\/\/a.b"},"field":"messages"}]}]}"#;
    const SIGNATURE: &str =
        "sha256=aca358b5972b5357e410a7717ccce4dd705b2d61c40a2c1a4200b0184b50e864";

    fn verifier() -> Verifier {
        let secret = |text: &str| AppSecret::new(text.to_owned());
        Verifier::new(vec![secret("another"), secret("test_app_secret")])
    }

    #[test]
    fn a_signature_over_the_raw_bytes_holds() {
        assert!(verifier().holds(SIGNATURE, BODY.as_bytes()));
    }

    #[test]
    fn the_same_json_written_again_does_not_hold() {
        let again = serde_json::from_str::<serde_json::Value>(BODY)
            .unwrap()
            .to_string();
        assert!(!verifier().holds(SIGNATURE, again.as_bytes()));
    }

    #[test]
    fn other_spellings_do_not_hold() {
        let (upper, sha1) = (
            SIGNATURE.to_uppercase(),
            SIGNATURE.replace("sha256", "sha1"),
        );
        let short = SIGNATURE.get(..60).unwrap();
        let spaced = format!(" {SIGNATURE}");
        for header in [
            "",
            "sha256=",
            upper.as_str(),
            sha1.as_str(),
            short,
            spaced.as_str(),
        ] {
            assert!(!verifier().holds(header, BODY.as_bytes()), "{header}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_byte_breaks_it(at in 0_usize..140, to: u8) {
            let mut body = BODY.as_bytes().to_vec();
            prop_assume!(body[at] != to);
            body[at] = to;
            prop_assert!(!verifier().holds(SIGNATURE, &body));
        }

        #[test]
        fn no_other_header_holds(header in "sha256=[0-9a-f]{64}") {
            prop_assume!(header != SIGNATURE);
            prop_assert!(!verifier().holds(&header, BODY.as_bytes()));
        }
    }
}
