//! Inbound messages: messages of customers to a business.

mod get;
mod list;

use chrono::{DateTime, Utc};
use common::access::Permission::InboundRead;
use common::ids::{InboundId, PhoneNumberId, time_of_uuid};
use common::keyword::Keyword;
use serde::Serialize;
use storage::inbound_messages;
use utoipa::ToSchema;

use crate::routes::{Resource, Route, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: super::events::TAG,
    routes: &[
        Route::of_business(InboundRead, handler!(list::list_inbound_messages)),
        Route::of_business(InboundRead, handler!(get::get_inbound_message)),
    ],
};

/// A message of a customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct InboundMessage {
    #[schema(value_type = uuid::Uuid)]
    id: InboundId,
    /// The number that it was sent to.
    #[schema(value_type = String, example = "106540352242922")]
    phone_number_id: PhoneNumberId,
    /// Meta's message type.
    #[serde(rename = "type")]
    #[schema(example = "text")]
    message_type: String,
    /// The sender's number, digits with the country code; null when Meta does not give it.
    #[schema(example = "22670112233")]
    from: Option<String>,
    /// The sender's business-scoped user id (BSUID); null when Meta does not give it.
    from_user_id: Option<String>,
    /// The sender's profile name.
    name: Option<String>,
    /// `opt_out`, `opt_in` or `support`, when the whole message is such a keyword.
    keyword: Option<&'static str>,
    /// Meta's message object; null after the customer deleted the message.
    #[schema(value_type = Option<Object>)]
    message: Option<serde_json::Value>,
    /// When the customer deleted the message or was erased; its sender and content are then deleted.
    revoked_at: Option<DateTime<Utc>>,
    /// When the message was received; lists are in this order.
    received_at: Option<DateTime<Utc>>,
    /// When it was sent, as Meta reports it.
    occurred_at: DateTime<Utc>,
}

impl From<inbound_messages::InboundMessage> for InboundMessage {
    fn from(message: inbound_messages::InboundMessage) -> Self {
        let (sender, name, content) = message.content.map_or_else(Default::default, |content| {
            (content.sender, content.name, Some(content.message))
        });
        Self {
            id: message.id,
            phone_number_id: message.phone_number_id,
            message_type: message.message_type,
            from: sender.wa_id,
            from_user_id: sender.user_id,
            name,
            keyword: message.keyword.map(Keyword::as_str),
            message: content,
            revoked_at: message.revoked_at,
            received_at: time_of_uuid(message.id.as_uuid()),
            occurred_at: message.occurred_at,
        }
    }
}
