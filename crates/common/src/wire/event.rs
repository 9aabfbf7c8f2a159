//! What Meta said, verified and parsed by webhook-ingest and applied by the projector.
//!
//! What names a person travels sealed: the types of [`super::detail`] are the plain text of those fields.

use chrono::{DateTime, Utc};

use crate::ids::{PhoneNumberId, WabaId};
use crate::messaging_limit::MessagingLimit;

/// All that one publish carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// When webhook-ingest published it.
    pub published_at: DateTime<Utc>,
    /// In the order in which they arrived.
    pub events: Vec<Event>,
}

/// One thing that happened at a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The account at Meta; `None` for a tick.
    pub waba_id: Option<WabaId>,
    /// The number that it happened at; `None` for a tick and for what concerns a whole account.
    pub phone_number_id: Option<PhoneNumberId>,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A status of a message that was sent from the number.
    StatusReported(StatusReported),
    /// A message that a client sent to the business.
    MessageReceived(MessageReceived),
    /// All that was before it in the queue of inbound messages has been applied.
    ConsentTick,
    /// Meta changed what the numbers of an account may do.
    LimitsReported(LimitsReported),
    /// A person chose in WhatsApp which messages of the business to receive.
    PreferenceChanged(PreferenceChanged),
    /// Meta changed the status of a template.
    TemplateStatusReported(TemplateStatusReported),
    /// A message of a client could not be read, but its sender could.
    InboundUnreadable(InboundUnreadable),
}

/// A status of a message (Meta, webhooks reference: statuses).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReported {
    /// Meta's word: `sent`, `delivered`, `read`, `played`, `failed`; others may come.
    pub status: String,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// `biz_opaque_callback_data`, only when it has the form of ours.
    pub opaque_id: Option<String>,
    /// Meta's error code of a failure.
    pub error_code: Option<i32>,
    /// Meta's pricing category, such as `utility`.
    pub pricing_category: Option<String>,
    /// Meta's pricing type, such as `regular`.
    pub pricing_type: Option<String>,
    /// Whether Meta charges for the message.
    pub billable: bool,
    /// A [`super::StatusDetail`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}

/// A message that a client sent (Meta, webhooks reference: messages).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageReceived {
    /// Meta's word: `text`, `button`, `image`, …; others may come.
    pub message_type: String,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// An [`super::InboundContent`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}

/// What Meta says of the numbers of an account (Meta, webhooks reference: `phone_number_quality_update` and
/// `business_capability_update`). Neither tells the quality itself: the numbers have to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsReported {
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// Meta's word for what happened to a number: `FLAGGED`, `THROUGHPUT_UPGRADE`, `ONBOARDING`; others may come. `None`
    /// for what concerns the whole account.
    pub event: Option<String>,
    /// The new messaging limit of the account's portfolio, when it is told.
    pub messaging_limit: Option<MessagingLimit>,
}

/// A choice that a person made in WhatsApp about the messages of the business (Meta, webhooks reference:
/// `user_preferences`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceChanged {
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// Meta's word for the messages concerned: `marketing_messages`; others may come.
    pub category: String,
    /// Meta's word for the choice: `stop`, `resume`; others may come.
    pub value: String,
    /// A [`super::PreferenceDetail`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}

/// The status of a template changed (Meta, webhooks reference: `message_template_status_update`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateStatusReported {
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// Meta's id of the template; `None` when it was not readable.
    pub template_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its language, in Meta's spelling.
    pub language: String,
    /// Meta's event in upper case: `APPROVED`, `PAUSED`, `DISABLED`; others may come.
    pub status: String,
    /// Meta's reason, when there is one.
    pub reason: Option<String>,
}

/// A message of a client that could not be read although its sender could: it may be an opt-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundUnreadable {
    /// When its webhook was received: our clock.
    pub received_at: DateTime<Utc>,
    /// An [`super::UnreadableDetail`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}
