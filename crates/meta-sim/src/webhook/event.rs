//! The content of a status webhook, before serialisation.

use std::sync::Arc;

use crate::fault::Step;
use crate::graph::messages::recipient::Address;
use crate::state::accounts::StoredNumber;
use crate::state::people::Person;

/// The message that statuses report on.
pub(crate) struct ReportedMessage {
    pub(crate) number: Arc<StoredNumber>,
    pub(crate) wamid: String,
    pub(crate) address: Address,
    pub(crate) person: Person,
    /// Whether statuses show the phone number of a person who was addressed by BSUID.
    pub(crate) phone_is_shown: bool,
    pub(crate) opaque: Option<Arc<str>>,
    /// `utility`, `marketing`, `marketing_lite`, `authentication` or `service`.
    pub(crate) category: String,
    /// Inside a customer service window, where utility and service messages are free.
    pub(crate) window_is_open: bool,
}

impl ReportedMessage {
    /// The key by which the simulator distinguishes clients.
    pub(crate) fn client(&self) -> &str {
        &self.person.user_id
    }

    /// The phone number, if webhooks show it.
    pub(crate) fn shown_wa_id(&self) -> Option<&str> {
        let shown = self.address == Address::Phone || self.phone_is_shown;
        self.person.wa_id.as_deref().filter(|_| shown)
    }
}

/// One status of a message.
#[derive(Clone)]
pub(crate) struct StatusEvent {
    pub(crate) message: Arc<ReportedMessage>,
    pub(crate) step: Step,
    /// The time of the event, Unix milliseconds; not the time of its arrival.
    pub(crate) happened_at_ms: i64,
    /// Whether `pricing` is included (on `sent`, and on one of `delivered` and `read`).
    pub(crate) priced: bool,
}
