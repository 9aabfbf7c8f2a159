//! Which of Meta's endpoints advertisements are posted to.

use cloud_api::{Endpoint, MarketingOptions, ProductPolicy};
use common::template::Category;
use serde::Deserialize;

/// Settings of the Marketing Messages API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MarketingSettings {
    /// Whether templates of the category MARKETING are posted to `/{phone_number_id}/marketing_messages`. Off, they are
    /// posted as all others; on, every account that sends them must be eligible, or Meta refuses with 134102. An account
    /// that switched marketing off for the ordinary call (Meta's code 131063) needs it.
    pub own_endpoint: bool,
    /// What Meta does with what it cannot send as a marketing message: `CLOUD_API_FALLBACK` sends it as any other
    /// template, `STRICT` refuses it.
    pub product_policy: ProductPolicy,
    /// Whether Meta may use what recipients do with the message: only where their consent covers it.
    pub message_activity_sharing: bool,
}

impl MarketingSettings {
    /// Where a message of the category is posted to.
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
