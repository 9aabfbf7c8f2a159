//! `X-Hub-Signature-256` and `appsecret_proof`: HMAC-SHA256 keyed with the app secret.

use std::fmt;

use ring::hmac;

/// Signs the webhooks of one app.
pub(crate) struct Signer {
    key: hmac::Key,
}

impl Signer {
    pub(crate) fn new(app_secret: &str) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, app_secret.as_bytes()),
        }
    }

    /// The header's value for these raw bytes.
    pub(crate) fn header(&self, body: &[u8]) -> String {
        format!("sha256={}", hex::encode(hmac::sign(&self.key, body)))
    }

    /// Whether `proof` is the `appsecret_proof` of `token` (Meta, secure requests).
    pub(crate) fn proves(&self, token: &str, proof: &str) -> bool {
        hex::decode(proof).is_ok_and(|tag| hmac::verify(&self.key, token.as_bytes(), &tag).is_ok())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_the_raw_bytes() {
        let raw = br#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"value":{"text":"\u00e9t\u00e9 \ud83d\ude00 https:\/\/a.b"},"field":"messages"}]}]}"#;
        let header = Signer::new("test_app_secret").header(raw);
        assert_eq!(
            header,
            "sha256=aca358b5972b5357e410a7717ccce4dd705b2d61c40a2c1a4200b0184b50e864"
        );
    }

    #[test]
    fn a_proof_of_another_token_proves_nothing() {
        let signer = Signer::new("secret");
        let proof = signer
            .header(b"token")
            .trim_start_matches("sha256=")
            .to_owned();
        assert!(signer.proves("token", &proof));
        assert!(!signer.proves("other", &proof));
        assert!(!signer.proves("token", "not hex"));
    }
}
