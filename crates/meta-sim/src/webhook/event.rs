//! What a status webhook says, before it is written down.

use std::sync::Arc;

use crate::fault::Step;
use crate::graph::messages::recipient::Address;
use crate::state::people::Person;
use crate::state::world::StoredNumber;

/// The message that statuses report on.
pub(crate) struct ReportedMessage {
    pub(crate) number: Arc<StoredNumber>,
    pub(crate) wamid: String,
    pub(crate) address: Address,
    pub(crate) person: Person,
    /// Whether statuses name the phone number of a person who was addressed by BSUID.
    pub(crate) phone_is_shown: bool,
    pub(crate) opaque: Option<Arc<str>>,
    /// `utility`, `marketing`, `marketing_lite`, `authentication` or `service`.
    pub(crate) category: String,
    /// Inside a customer service window, where utility and service messages are free.
    pub(crate) window_is_open: bool,
}

impl ReportedMessage {
    /// How the simulator tells clients apart.
    pub(crate) fn client(&self) -> &str {
        &self.person.user_id
    }

    /// The phone number, where webhooks tell it.
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
    /// When it happened, Unix milliseconds; not when it arrives.
    pub(crate) happened_at_ms: i64,
    /// Whether `pricing` is told (on `sent`, and on one of `delivered` and `read`).
    pub(crate) priced: bool,
}
