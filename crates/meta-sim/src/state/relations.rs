//! What stands between a number and one client: the open customer service window, and whether the
//! client stopped marketing messages.
//!
//! Meta, customer service windows: 24 hours from the client's last message or call. Business-scoped user ids: webhooks
//! show a phone number for 30 days after it was used with the business's number.

use std::collections::HashMap;
use std::sync::Mutex;

use super::locks::lock;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const WINDOW_MS: i64 = DAY_MS;
const PHONE_SHOWN_MS: i64 = 30 * DAY_MS;

/// Windows and stops, by phone number id and the client's BSUID.
#[derive(Default)]
pub(crate) struct Relations {
    clients: Mutex<HashMap<(String, String), Relation>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Relation {
    last_message_ms: Option<i64>,
    phone_shown_ms: Option<i64>,
    stopped_marketing: bool,
}

impl Relations {
    /// The client wrote at `now_ms`.
    pub(crate) fn wrote(&self, phone_number_id: &str, client: &str, now_ms: i64) {
        self.change(phone_number_id, client, |relation| {
            relation.last_message_ms = Some(now_ms);
        });
    }

    /// A webhook showed the client's phone number at `now_ms`.
    pub(crate) fn showed_phone(&self, phone_number_id: &str, client: &str, now_ms: i64) {
        self.change(phone_number_id, client, |relation| {
            relation.phone_shown_ms = Some(now_ms);
        });
    }

    /// Whether webhooks show the client's phone number beside the BSUID.
    pub(crate) fn phone_is_shown(&self, phone_number_id: &str, client: &str, now_ms: i64) -> bool {
        self.get(phone_number_id, client)
            .phone_shown_ms
            .is_some_and(|shown| now_ms - shown < PHONE_SHOWN_MS)
    }

    /// The client stopped or resumed marketing messages inside WhatsApp.
    pub(crate) fn stop_marketing(&self, phone_number_id: &str, client: &str, stopped: bool) {
        self.change(phone_number_id, client, |relation| {
            relation.stopped_marketing = stopped;
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

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        lock(&self.clients).clear();
    }

    fn get(&self, phone_number_id: &str, client: &str) -> Relation {
        let clients = lock(&self.clients);
        if clients.is_empty() {
            return Relation::default();
        }
        let key = (phone_number_id.to_owned(), client.to_owned());
        clients.get(&key).copied().unwrap_or_default()
    }

    fn change(&self, phone_number_id: &str, client: &str, change: impl FnOnce(&mut Relation)) {
        let key = (phone_number_id.to_owned(), client.to_owned());
        change(lock(&self.clients).entry(key).or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_closes_after_a_day_and_belongs_to_one_number() {
        let relations = Relations::default();
        relations.wrote("1", "BF.1", 1_000);
        assert!(relations.window_is_open("1", "BF.1", 1_000 + WINDOW_MS - 1));
        assert!(!relations.window_is_open("1", "BF.1", 1_000 + WINDOW_MS));
        assert!(!relations.window_is_open("2", "BF.1", 1_000));
    }
}
