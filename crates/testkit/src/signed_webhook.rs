//! Webhooks as Meta posts them: the raw bytes are signed with the app secret (Meta, webhooks: validating payloads).

use ring::hmac;
use serde_json::{Value, json};

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "X-Hub-Signature-256";

/// A body and its signature.
#[derive(Debug, Clone)]
pub struct SignedWebhook {
    /// The raw bytes.
    pub body: Vec<u8>,
    /// The value of [`SIGNATURE_HEADER`].
    pub signature: String,
}

/// One status of one message.
#[derive(Debug, Clone)]
pub struct StatusWebhook<'a> {
    /// The account's id.
    pub waba_id: &'a str,
    /// The id of the sending number.
    pub phone_number_id: &'a str,
    /// Meta's id of the message.
    pub wamid: &'a str,
    /// The recipient's digits.
    pub recipient: &'a str,
    /// `biz_opaque_callback_data` of the message.
    pub opaque_id: &'a str,
    /// `sent`, `delivered`, `read` or `failed`.
    pub status: &'a str,
    /// Unix seconds.
    pub at: i64,
}

impl SignedWebhook {
    /// Signs a body.
    #[must_use]
    pub fn new(app_secret: &str, body: Vec<u8>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, app_secret.as_bytes());
        let signature = format!("sha256={}", hex::encode(hmac::sign(&key, &body)));
        Self { body, signature }
    }

    /// Signs a status.
    #[must_use]
    pub fn of_status(app_secret: &str, status: &StatusWebhook<'_>) -> Self {
        Self::new(app_secret, status.body().to_string().into_bytes())
    }
}

impl StatusWebhook<'_> {
    fn body(&self) -> Value {
        let status = json!({
            "id": self.wamid,
            "status": self.status,
            "timestamp": self.at.to_string(),
            "recipient_id": self.recipient,
            "biz_opaque_callback_data": self.opaque_id,
        });
        json!({"object": "whatsapp_business_account", "entry": [{"id": self.waba_id, "changes": [{
            "field": "messages",
            "value": {
                "messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "22625306100", "phone_number_id": self.phone_number_id},
                "statuses": [status],
            },
        }]}]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_openssl_makes() {
        let webhook = SignedWebhook::new("test_app_secret", b"{}".to_vec());
        assert_eq!(
            webhook.signature,
            "sha256=d73e9e864071bf8dbd89f02cbf0017b6e96cf6c13d09ced00b472c1d060e4301"
        );
    }
}
