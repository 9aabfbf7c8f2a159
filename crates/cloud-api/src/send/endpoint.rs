//! Which of Meta's endpoints a message is posted to (Meta, messages reference; Marketing Messages API).

use serde::{Deserialize, Serialize};

/// Where a message is posted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Endpoint {
    /// `/{phone_number_id}/messages`: messages of every kind.
    #[default]
    Messages,
    /// `/{phone_number_id}/marketing_messages`: the Marketing Messages API, for MARKETING templates alone.
    MarketingMessages(MarketingOptions),
}

/// What the Marketing Messages API takes beside the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct MarketingOptions {
    /// What Meta does with a message that it cannot send as a marketing message.
    pub product_policy: ProductPolicy,
    /// Whether Meta may use what recipients do with the message; only where their consent covers it.
    pub message_activity_sharing: bool,
}

/// Meta's words for what is done with a message that cannot be sent as a marketing message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProductPolicy {
    /// It is sent as any other template: Meta's default.
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
