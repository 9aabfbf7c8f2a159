//! The state between a number and one client: the open customer service window, and whether the client stopped
//! marketing messages.
//!
//! Meta, customer service windows: 24 hours from the client's last message or call. Business-scoped user ids: webhooks
//! show a phone number for 30 days after it was used with the business's number.

use std::collections::HashMap;
use std::sync::Mutex;

use super::locks::lock;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const WINDOW_MS: i64 = DAY_MS;
const PHONE_SHOWN_MS: i64 = 30 * DAY_MS;

/// Windows and marketing stops, by phone number id and the client's BSUID.
#[derive(Default)]
pub(crate) struct Conversations {
    clients: Mutex<HashMap<(String, String), Conversation>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Conversation {
    last_message_ms: Option<i64>,
    phone_shown_ms: Option<i64>,
    stopped_marketing: bool,
}

impl Conversations {
    /// Records that the client record_inbound at `now_ms`.
    pub(crate) fn record_inbound(&self, phone_number_id: &str, client: &str, now_ms: i64) {
        self.change(phone_number_id, client, |conversation| {
            conversation.last_message_ms = Some(now_ms);
        });
    }

    /// Records that a webhook showed the client's phone number at `now_ms`.
    pub(crate) fn showed_phone(&self, phone_number_id: &str, client: &str, now_ms: i64) {
        self.change(phone_number_id, client, |conversation| {
            conversation.phone_shown_ms = Some(now_ms);
        });
    }

    /// Whether webhooks show the client's phone number with the BSUID.
    pub(crate) fn phone_is_shown(&self, phone_number_id: &str, client: &str, now_ms: i64) -> bool {
        self.get(phone_number_id, client)
            .phone_shown_ms
            .is_some_and(|shown| now_ms - shown < PHONE_SHOWN_MS)
    }

    /// Records that the client stopped or resumed marketing messages inside WhatsApp.
    pub(crate) fn stop_marketing(&self, phone_number_id: &str, client: &str, stopped: bool) {
        self.change(phone_number_id, client, |conversation| {
            conversation.stopped_marketing = stopped;
        });
    }

    /// Whether messages other than templates may be sent.
    pub(crate) fn window_is_open(&self, phone_number_id: &str, client: &str, now_ms: i64) -> bool {
        self.get(phone_number_id, client)
            .last_message_ms
            .is_some_and(|last| now_ms - last < WINDOW_MS)
    }

    /// Whether marketing templates fail with 131050.
    pub(crate) fn marketing_is_stopped(&self, phone_number_id: &str, client: &str) -> bool {
        self.get(phone_number_id, client).stopped_marketing
    }

    /// Clears everything.
    pub(crate) fn clear(&self) {
        lock(&self.clients).clear();
    }

    fn get(&self, phone_number_id: &str, client: &str) -> Conversation {
        let clients = lock(&self.clients);
        if clients.is_empty() {
            return Conversation::default();
        }
        let key = (phone_number_id.to_owned(), client.to_owned());
        clients.get(&key).copied().unwrap_or_default()
    }

    fn change(&self, phone_number_id: &str, client: &str, change: impl FnOnce(&mut Conversation)) {
        let key = (phone_number_id.to_owned(), client.to_owned());
        change(lock(&self.clients).entry(key).or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_closes_after_a_day_and_belongs_to_one_number() {
        let conversations = Conversations::default();
        conversations.record_inbound("1", "BF.1", 1_000);
        assert!(conversations.window_is_open("1", "BF.1", 1_000 + WINDOW_MS - 1));
        assert!(!conversations.window_is_open("1", "BF.1", 1_000 + WINDOW_MS));
        assert!(!conversations.window_is_open("2", "BF.1", 1_000));
    }
}
