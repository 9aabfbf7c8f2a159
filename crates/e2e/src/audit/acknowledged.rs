//! A client's own log of acknowledged calls: JSON lines, each fsynced before the client continues.
//!
//! `{"business_id":…,"key":…,"message_id":…}` records a 202 for a message,
//! `{"business_id":…,"campaign_id":…,"planned":…}` a started campaign. An unterminated last line was being written when
//! the client died and is ignored.

use std::collections::BTreeMap;

use common::ids::{BusinessId, CampaignId, MessageId};
use serde::{Deserialize, Serialize};

use super::Finding;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Acknowledgement {
    /// A message was accepted.
    Message {
        /// The business it belongs to.
        business_id: BusinessId,
        /// The `Idempotency-Key` of the call.
        key: String,
        /// The message's id in the answer.
        message_id: MessageId,
    },
    /// A campaign was started.
    Campaign {
        /// The business it belongs to.
        business_id: BusinessId,
        /// Its id.
        campaign_id: CampaignId,
        /// The number of recipients that the dry run reported as planned.
        planned: u64,
    },
}

/// A line that is not an entry of a client's log.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of a client's log is not an acknowledgement")]
pub struct ClientLogError {
    line: usize,
    #[source]
    why: serde_json::Error,
}

/// Everything acknowledged to clients.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    /// The accepted messages.
    pub messages: BTreeMap<MessageId, BusinessId>,
    /// The started campaigns with their planned rows.
    pub campaigns: BTreeMap<CampaignId, (BusinessId, u64)>,
    /// Findings that follow from the log alone.
    pub findings: Vec<Finding>,
    by_key: BTreeMap<(BusinessId, String), MessageId>,
}

impl Acknowledged {
    /// Adds the lines of a log.
    ///
    /// # Errors
    /// When a complete line is not an acknowledgement.
    pub fn read(&mut self, log: &str) -> Result<(), ClientLogError> {
        let whole = log.rfind('\n').and_then(|end| log.get(..end));
        for (line, text) in (1..).zip(whole.unwrap_or_default().lines()) {
            let acknowledgement =
                serde_json::from_str(text).map_err(|why| ClientLogError { line, why })?;
            self.add(acknowledgement);
        }
        Ok(())
    }

    /// Adds an acknowledgement.
    pub fn add(&mut self, acknowledgement: Acknowledgement) {
        match acknowledgement {
            Acknowledgement::Message {
                business_id,
                key,
                message_id,
            } => self.add_message(business_id, key, message_id),
            Acknowledgement::Campaign {
                business_id,
                campaign_id,
                planned,
            } => {
                self.campaigns.insert(campaign_id, (business_id, planned));
            }
        }
    }

    fn add_message(&mut self, business_id: BusinessId, key: String, message_id: MessageId) {
        match self.by_key.insert((business_id, key), message_id) {
            Some(before) if before == message_id => return,
            Some(_) => self.findings.push(Finding::KeyAnsweredTwice(message_id)),
            None => {}
        }
        if self.messages.insert(message_id, business_id).is_some() {
            self.findings.push(Finding::SharedMessageId(message_id));
        }
    }
}
