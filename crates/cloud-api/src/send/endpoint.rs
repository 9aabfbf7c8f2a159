//! The endpoints of Meta that messages are posted to (Meta, messages reference; Marketing Messages API).

use serde::{Deserialize, Serialize};

/// The endpoint that a message is posted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Endpoint {
    /// `/{phone_number_id}/messages`: messages of every kind.
    #[default]
    Messages,
    /// `/{phone_number_id}/marketing_messages`: the Marketing Messages API, for MARKETING templates only.
    MarketingMessages(MarketingOptions),
}

/// The options of the Marketing Messages API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct MarketingOptions {
    /// How Meta handles a message that it cannot send as a marketing message.
    pub product_policy: ProductPolicy,
    /// Whether Meta may use the activity of recipients on the message; only if their consent covers it.
    pub message_activity_sharing: bool,
}

/// Meta's values for how a message is handled that cannot be sent as a marketing message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProductPolicy {
    /// It is sent like any other template: Meta's default.
    #[default]
    CloudApiFallback,
    /// It is refused.
    Strict,
}

impl Endpoint {
    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::MarketingMessages(_) => "marketing_messages",
        }
    }

    pub(super) const fn options(self) -> Option<MarketingOptions> {
        match self {
            Self::Messages => None,
            Self::MarketingMessages(options) => Some(options),
        }
    }
}
