//! What a status webhook says, before it is written down.

use std::sync::Arc;

use crate::fault::Step;
use crate::state::world::StoredNumber;

/// The message that statuses report on.
pub(crate) struct ReportedMessage {
    pub(crate) number: Arc<StoredNumber>,
    pub(crate) wamid: String,
    pub(crate) wa_id: Option<String>,
    pub(crate) user_id: String,
    pub(crate) opaque: Option<Arc<str>>,
    /// `utility`, `marketing`, `marketing_lite`, `authentication` or `service`.
    pub(crate) category: String,
    /// Inside a customer service window, where utility and service messages are free.
    pub(crate) window_is_open: bool,
}

impl ReportedMessage {
    /// How the simulator tells clients apart: the phone number, or the BSUID without one.
    pub(crate) fn client(&self) -> &str {
        self.wa_id.as_deref().unwrap_or(&self.user_id)
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
