//! The endpoint of Meta's API for marketing messages.

use cloud_api::{Endpoint, MarketingOptions, ProductPolicy};
use common::template::Category;
use serde::Deserialize;

/// Settings of the Marketing Messages API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MarketingSettings {
    /// Whether templates of the category MARKETING are posted to `/{phone_number_id}/marketing_messages`. If false,
    /// they are posted like all others; if true, every account that sends them must be eligible, or Meta refuses with
    /// 134102. An account that switched marketing off for the ordinary call (Meta's code 131063) needs it.
    pub own_endpoint: bool,
    /// How Meta handles messages that it cannot send as marketing messages: `CLOUD_API_FALLBACK` sends them like any
    /// other template, `STRICT` refuses them.
    pub product_policy: ProductPolicy,
    /// Whether Meta may use the activity of recipients on the message: only if their consent covers it.
    pub message_activity_sharing: bool,
}

impl MarketingSettings {
    /// The endpoint for messages of the category.
    pub(crate) fn endpoint(self, category: &Category) -> Endpoint {
        if !self.own_endpoint || *category != Category::Marketing {
            return Endpoint::Messages;
        }
        Endpoint::MarketingMessages(MarketingOptions {
            product_policy: self.product_policy,
            message_activity_sharing: self.message_activity_sharing,
        })
    }
}
