//! Updates from Meta's webhooks, verified and parsed by webhook-ingest and applied by the projector.
//!
//! Personal data cross RabbitMQ sealed: the types of [`super::detail`] are the plain text of those fields.

use chrono::{DateTime, Utc};

use crate::ids::{PhoneNumberId, TemplateId, WabaId};
use crate::messaging_limit::MessagingLimit;
use crate::template::TemplateAspect;

/// The content of one publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// When webhook-ingest published it.
    pub published_at: DateTime<Utc>,
    /// In the order in which they arrived.
    pub events: Vec<Event>,
}

/// One update of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The account at Meta; `None` for a consent marker.
    pub waba_id: Option<WabaId>,
    /// The number that it is about; `None` for a consent marker and for what concerns a whole account.
    pub phone_number_id: Option<PhoneNumberId>,
    /// What happened.
    pub kind: EventKind,
}

/// The kinds of updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// A status of a message that was sent from the number.
    StatusReported(StatusReported),
    /// A message that a client sent to the business.
    MessageReceived(MessageReceived),
    /// A consent marker: everything before it in the queue of inbound messages has been applied.
    ConsentMarker,
    /// Meta changed what the numbers of an account may do.
    LimitsReported(LimitsReported),
    /// A person chose in WhatsApp which messages of the business to receive.
    PreferenceChanged(PreferenceChanged),
    /// Meta reported a change of a template.
    ReportedTemplate(ReportedTemplate),
    /// A message from a client that could not be read, but whose sender could.
    InboundUnreadable(InboundUnreadable),
}

/// A status of a message (Meta, webhooks reference: statuses).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReported {
    /// Meta's value: `sent`, `delivered`, `read`, `played`, `failed`; Meta may add others.
    pub status: String,
    /// The time by Meta's clock.
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
    /// Meta's value: `text`, `button`, `image`, …; Meta may add others.
    pub message_type: String,
    /// The time by Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// An [`super::InboundContent`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}

/// A report of Meta's about the numbers of an account (Meta, webhooks reference: `phone_number_quality_update` and
/// `business_capability_update`). Neither contains the quality itself: the numbers have to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsReported {
    /// The time by Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// Meta's value for the event of a number: `FLAGGED`, `THROUGHPUT_UPGRADE`, `ONBOARDING`; Meta may add others.
    /// `None` for what concerns the whole account.
    pub event: Option<String>,
    /// The new messaging limit of the account's portfolio, when the report has it.
    pub messaging_limit: Option<MessagingLimit>,
}

/// A choice that a person made in WhatsApp about the messages of the business (Meta, webhooks reference:
/// `user_preferences`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceChanged {
    /// The time by Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// Meta's value for the messages concerned: `marketing_messages`; Meta may add others.
    pub category: String,
    /// Meta's value for the choice: `stop`, `resume`; Meta may add others.
    pub value: String,
    /// A [`super::PreferenceDetail`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}

/// A report of Meta's about a template (Meta, webhooks reference: `message_template_…_update`,
/// `template_category_update`, `template_correct_category_detection`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedTemplate {
    /// The time by Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// Meta's id of the template; `None` when it was not readable.
    pub template_id: Option<TemplateId>,
    /// Its name.
    pub name: String,
    /// Its language, in Meta's spelling.
    pub language: String,
    /// What is reported.
    pub aspect: TemplateAspect,
}

/// A message from a client that could not be read although its sender could: it may be an opt-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundUnreadable {
    /// When its webhook was received, by our clock.
    pub received_at: DateTime<Utc>,
    /// An [`super::UnreadableDetail`] as JSON, sealed with the transit key.
    pub sealed: Vec<u8>,
}
