//! What several statuses make of one message: pure, so that the row is written once for all of them.

use chrono::{DateTime, Utc};
use common::contact::IdentifierHash;
use common::feed::{DeliveryStatus, FeedEvent, MessageEvent};
use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::{MessageState, with_status};

use super::statuses::StatusUpdate;
use crate::identity;
use storage::events::FeedEntry;

/// A locked row, and what the statuses change in it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) business_id: BusinessId,
    pub(super) message_id: MessageId,
    pub(super) campaign_id: Option<CampaignId>,
    pub(super) phone_number_id: String,
    pub(super) state: MessageState,
    pub(super) before: MessageState,
    pub(super) sent_at: Option<DateTime<Utc>>,
    pub(super) delivered_at: Option<DateTime<Utc>>,
    pub(super) read_at: Option<DateTime<Utc>>,
    pub(super) failed_at: Option<DateTime<Utc>>,
    pub(super) has_wamid: bool,
    pub(super) error_code: Option<i32>,
    pub(super) error_sealed: Option<Vec<u8>>,
    pub(super) wamid_sealed: Option<Vec<u8>>,
    pub(super) pricing_category: Option<String>,
    pub(super) pricing_type: Option<String>,
    pub(super) billable: Option<bool>,
    pub(super) submitted_at: Option<DateTime<Utc>>,
    /// When it left, if Meta says that it was too much for its number.
    pub(super) throttled: Option<DateTime<Utc>>,
    pub(super) recipient_hash: IdentifierHash,
    pub(super) hash_version: i16,
    /// When it failed, if it did because the recipient stopped marketing in WhatsApp.
    pub(super) refused_at: Option<DateTime<Utc>>,
    pub(super) changed: bool,
    pub(super) entries: Vec<FeedEntry>,
}

impl Row {
    /// Takes a status in. The same one again changes nothing.
    pub(super) fn take_in(&mut self, update: &StatusUpdate) {
        self.note_time(update);
        self.note_price(update);
        let risen = with_status(self.state, update.status);
        if risen == self.state {
            return;
        }
        self.state = risen;
        self.changed = true;
        self.error_code = if risen == MessageState::Failed {
            update.error_code
        } else {
            None
        };
        if risen == MessageState::Failed && update.slows_the_number {
            self.throttled = Some(self.submitted_at.unwrap_or(update.occurred_at));
        }
        if risen == MessageState::Failed && update.error_code == Some(identity::MARKETING_STOPPED) {
            self.refused_at = Some(update.occurred_at);
        }
        if let Some(status) = DeliveryStatus::of(risen, self.error_code) {
            self.entries.push(FeedEntry {
                business_id: self.business_id,
                event: FeedEvent::Message {
                    message_id: self.message_id,
                    campaign_id: self.campaign_id,
                    event: MessageEvent::Status(status),
                },
                occurred_at: update.occurred_at,
            });
        }
    }

    /// The earliest time of each status is kept, whatever the order in which they come.
    fn note_time(&mut self, update: &StatusUpdate) {
        let slot = match update.status {
            MessageState::Sent => &mut self.sent_at,
            MessageState::Delivered => &mut self.delivered_at,
            MessageState::Read => &mut self.read_at,
            MessageState::Failed => &mut self.failed_at,
            _ => return,
        };
        if slot.is_none_or(|known| update.occurred_at < known) {
            *slot = Some(update.occurred_at);
            self.changed = true;
        }
    }

    fn note_price(&mut self, update: &StatusUpdate) {
        if self.pricing_category.is_none() && update.pricing_category.is_some() {
            self.pricing_category.clone_from(&update.pricing_category);
            self.pricing_type.clone_from(&update.pricing_type);
            self.billable = Some(update.billable);
            self.changed = true;
        }
    }
}
