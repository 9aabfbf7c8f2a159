//! A client's own log of what was promised to it: JSON lines, each written and fsynced before the client goes on.
//!
//! `{"business_id":…,"key":…,"message_id":…}` is a 202 for a message, `{"business_id":…,"campaign_id":…,"planned":…}` a
//! campaign that was started. A last line without its end was being written when the client died, and counts as never
//! written.

use std::collections::BTreeMap;

use common::ids::{BusinessId, CampaignId, MessageId};
use serde::{Deserialize, Serialize};

use super::Finding;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Promise {
    /// A message was accepted.
    Message {
        /// Whose it is.
        business_id: BusinessId,
        /// The `Idempotency-Key` of the call.
        key: String,
        /// The message's id in the answer.
        message_id: MessageId,
    },
    /// A campaign was started.
    Campaign {
        /// Whose it is.
        business_id: BusinessId,
        /// Its id.
        campaign_id: CampaignId,
        /// How many people the dry run said would get it.
        planned: u64,
    },
}

/// A line that is none of a client's log.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of a client's log is not a promise")]
pub struct PromiseError {
    line: usize,
    #[source]
    why: serde_json::Error,
}

/// All that clients were promised.
#[derive(Debug, Clone, Default)]
pub struct Promises {
    /// The messages that were accepted.
    pub messages: BTreeMap<MessageId, BusinessId>,
    /// The campaigns that were started, with their planned rows.
    pub campaigns: BTreeMap<CampaignId, (BusinessId, u64)>,
    /// What the log by itself shows to be wrong.
    pub findings: Vec<Finding>,
    by_key: BTreeMap<(BusinessId, String), MessageId>,
}

impl Promises {
    /// Adds the lines of a log.
    ///
    /// # Errors
    /// When a whole line is not a promise.
    pub fn read(&mut self, log: &str) -> Result<(), PromiseError> {
        let whole = log.rfind('\n').and_then(|end| log.get(..end));
        for (line, text) in (1..).zip(whole.unwrap_or_default().lines()) {
            let promise = serde_json::from_str(text).map_err(|why| PromiseError { line, why })?;
            self.add(promise);
        }
        Ok(())
    }

    /// Adds a promise.
    pub fn add(&mut self, promise: Promise) {
        match promise {
            Promise::Message {
                business_id,
                key,
                message_id,
            } => self.add_message(business_id, key, message_id),
            Promise::Campaign {
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
            Some(_) => self.findings.push(Finding::AnsweredAnew(message_id)),
            None => {}
        }
        if self.messages.insert(message_id, business_id).is_some() {
            self.findings.push(Finding::AnsweredForTwo(message_id));
        }
    }
}
