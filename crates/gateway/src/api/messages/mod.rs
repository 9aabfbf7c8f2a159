//! Messages: sending one or many, and their states.

mod accepted;
mod content;
mod create;
mod create_bulk;
mod get;
mod list;
mod recipient;
mod reply_context;
mod request;
mod shown_content;
mod timeline;

use chrono::{DateTime, Utc};
use common::access::Permission::{MessagesRead, MessagesSend};
use common::ids::{CampaignId, MessageId};
use common::message::{ExpiredReason, HeldReason};
use common::template::ComposeError;
use serde::{Deserialize, Serialize};
use storage::messages;
use utoipa::ToSchema;

use self::shown_content::ShownContent;
use crate::problem::{Problem, ProblemCode};
use crate::routes::{Resource, Route, Tag, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "messages",
        description: "Sending messages and following their states",
    },
    routes: &[
        Route::of_business(MessagesSend, handler!(create::create_message)),
        Route::of_business(MessagesRead, handler!(list::list_messages)),
        Route::of_business(MessagesSend, handler!(create_bulk::create_messages)),
        Route::of_business(MessagesRead, handler!(get::get_message)),
        Route::of_business(MessagesRead, handler!(timeline::get_message_timeline)),
    ],
};

/// A template in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateRef {
    #[schema(example = "ticket_de_caisse")]
    pub(crate) name: String,
    /// Meta's language code.
    #[schema(example = "fr")]
    pub(crate) language: String,
}

/// A message and its state.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    #[schema(value_type = uuid::Uuid)]
    id: MessageId,
    /// The `phone_number_id` that it is sent from.
    #[schema(example = "106540352242922")]
    from: String,
    /// The recipient's number; null for a recipient without one.
    #[schema(example = "+22670112233")]
    to: Option<String>,
    /// The business-scoped user id (BSUID) of a recipient without a number.
    #[schema(example = "BF.13491208655302741918")]
    recipient: Option<String>,
    /// Null for a message without a template.
    template: Option<TemplateRef>,
    /// The content. Returned for a single message, not in lists. Null for one-time codes, whose content is never
    /// returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<ShownContent>,
    /// Meta's category of the template; `SERVICE` for a message without a template.
    #[schema(example = "UTILITY")]
    category: String,
    /// The lane: `otp`, `transactional` or `campaign`.
    lane: &'static str,
    #[schema(value_type = Option<uuid::Uuid>)]
    campaign_id: Option<CampaignId>,
    /// The reference that you gave.
    reference: Option<String>,
    /// `accepted`, `sending`, `retry_wait`, `held`, `unknown`; `submitted`, `sent`, `delivered`, `read`, `played`;
    /// `failed`, `rejected`, `cancelled`, `suppressed`, `expired`, `unresolved`.
    #[schema(example = "delivered")]
    state: &'static str,
    /// Why a held message is waiting.
    held: Option<Held>,
    /// Why the message expired, if it did before `expires_at`.
    expired: Option<Expired>,
    /// How many attempts to send it were started.
    attempt: i16,
    /// Whether the recipient may have received it twice.
    possible_duplicate: bool,
    /// Why it failed or was rejected.
    error: Option<MessageError>,
    /// Meta's pricing of the message.
    pricing: Option<Pricing>,
    accepted_at: Option<DateTime<Utc>>,
    submitted_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    read_at: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
}

/// Why a message is held.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Held {
    #[schema(example = "number_stopped")]
    reason: &'static str,
    /// What ends the hold.
    freed_by: &'static str,
}

/// Why a message expired before its time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Expired {
    /// `window_closed`, `code_lost` or `exhausted`.
    #[schema(example = "window_closed")]
    reason: &'static str,
    /// What it means, for a shop owner.
    explanation: &'static str,
}

/// Why a message failed or was rejected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageError {
    /// Meta's error code.
    #[schema(example = 131026)]
    code: i32,
    /// What it means, for a shop owner.
    explanation: &'static str,
    /// Meta's error text.
    title: Option<String>,
    /// Meta's details of the error.
    details: Option<String>,
}

/// Meta's pricing of a message.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pricing {
    #[schema(example = "utility")]
    category: Option<String>,
    #[schema(example = "regular")]
    r#type: Option<String>,
    billable: Option<bool>,
}

impl From<messages::Message> for Message {
    fn from(message: messages::Message) -> Self {
        let accepted_at = message.accepted_at();
        let times = message.times;
        Self {
            id: message.id,
            from: message.phone_number_id,
            to: message.recipient.phone().map(|it| it.expose().to_owned()),
            recipient: message.recipient.bsuid().map(|it| it.expose().to_owned()),
            template: message
                .template
                .map(|(name, language)| TemplateRef { name, language }),
            content: None,
            category: message.category.to_string(),
            lane: message.lane.as_str(),
            campaign_id: message.campaign_id,
            reference: message.reference,
            state: message.state.as_str(),
            held: message.held_reason.map(Held::from),
            expired: message.expired_reason.map(Expired::from),
            attempt: message.attempt,
            possible_duplicate: message.possible_duplicate,
            error: message.error.map(MessageError::from),
            pricing: message.pricing.map(|pricing| Pricing {
                category: pricing.category,
                r#type: pricing.kind,
                billable: pricing.billable,
            }),
            accepted_at,
            submitted_at: times.submitted_at,
            sent_at: times.sent_at,
            delivered_at: times.delivered_at,
            read_at: times.read_at,
            failed_at: times.failed_at,
            expires_at: times.expires_at,
        }
    }
}

impl Message {
    fn with_content(self, content: Option<ShownContent>) -> Self {
        Self { content, ..self }
    }
}

impl From<HeldReason> for Held {
    fn from(reason: HeldReason) -> Self {
        Self {
            reason: reason.as_str(),
            freed_by: reason.freed_by(),
        }
    }
}

impl From<ExpiredReason> for Expired {
    fn from(reason: ExpiredReason) -> Self {
        Self {
            reason: reason.as_str(),
            explanation: reason.explain(),
        }
    }
}

impl From<messages::MessageError> for MessageError {
    fn from(error: messages::MessageError) -> Self {
        let explanation = cloud_api::explain(error.code);
        Self {
            code: error.code,
            explanation,
            title: error.title,
            details: error.details,
        }
    }
}

/// Maps errors in the variables of a message or a campaign to problems with the pointer of the variable.
pub(crate) fn variables_problem(error: &ComposeError) -> Problem {
    let name = error.variable().replace('~', "~0").replace('/', "~1");
    Problem::new(ProblemCode::VariablesInvalid).at(format!("/variables/{name}"), error.to_string())
}
