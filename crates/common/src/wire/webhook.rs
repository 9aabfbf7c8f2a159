//! A webhook that could not be read as a whole: kept in quarantine, and read again when it is replayed.

use chrono::{DateTime, Utc};
use prost::Message;

use super::generated as proto;
use super::{DecodeError, Wire, time};

/// A webhook with a valid signature of which a part could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedWebhook {
    /// When it was received, by our clock.
    pub received_at: DateTime<Utc>,
    /// Its raw bytes, sealed with the transit key.
    pub sealed: Vec<u8>,
}

impl Wire for QuarantinedWebhook {
    const NAME: &'static str = "djigbachats.v1.QuarantinedWebhook";

    fn encode(&self) -> Vec<u8> {
        proto::QuarantinedWebhook {
            received_at_ms: self.received_at.timestamp_millis(),
            sealed: self.sealed.clone(),
        }
        .encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let webhook =
            proto::QuarantinedWebhook::decode(bytes).map_err(|_| DecodeError::NotProtobuf)?;
        Ok(Self {
            received_at: time(webhook.received_at_ms, "received_at_ms")?,
            sealed: webhook.sealed,
        })
    }
}
