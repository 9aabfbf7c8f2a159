//! The two calls that send: `/messages` for all messages, and `/marketing_messages` for marketing templates (Meta,
//! Marketing Messages API).

use serde_json::Value;

use super::envelope::Envelope;
use crate::graph::error::GraphError;
use crate::script::Endpoint;
use crate::state::account::Template;

/// Keys of the Marketing Messages API only.
pub(super) const MARKETING_KEYS: [&str; 2] = ["product_policy", "message_activity_sharing"];
const POLICIES: [&str; 2] = ["CLOUD_API_FALLBACK", "STRICT"];
const NOT_MARKETING: i64 = 134_100;

/// Refuses an envelope that the endpoint does not support.
pub(super) fn check_envelope(endpoint: Endpoint, envelope: &Envelope) -> Result<(), GraphError> {
    if endpoint != Endpoint::MarketingMessages {
        let stray = MARKETING_KEYS.iter().find(|key| envelope.has(key));
        return match stray {
            Some(key) => Err(GraphError::parameter(format!("Unexpected key \"{key}\""))),
            None => Ok(()),
        };
    }
    if envelope.kind() != "template" {
        return Err(GraphError::of(NOT_MARKETING));
    }
    let policy = envelope.get("product_policy").map(Value::as_str);
    if policy.is_some_and(|policy| policy.is_none_or(|policy| !POLICIES.contains(&policy))) {
        return Err(GraphError::parameter(format!(
            "Param product_policy must be one of {{{}}}",
            POLICIES.join(", ")
        )));
    }
    let sharing = envelope.get("message_activity_sharing");
    // In a form, everything is text.
    let is_boolean = |value: &Value| value.is_boolean() || value == "true" || value == "false";
    if sharing.is_some_and(|value| !is_boolean(value)) {
        return Err(GraphError::parameter(
            "Param message_activity_sharing must be a boolean",
        ));
    }
    Ok(())
}

/// Refuses a template that the endpoint does not send.
pub(super) fn check_template(endpoint: Endpoint, template: &Template) -> Result<(), GraphError> {
    if endpoint == Endpoint::MarketingMessages && template.category != "MARKETING" {
        return Err(GraphError::of(NOT_MARKETING));
    }
    Ok(())
}

/// The category under which Meta reports the price.
pub(super) fn category(endpoint: Endpoint, template: Option<&Template>) -> String {
    match (endpoint, template) {
        (Endpoint::MarketingMessages, _) => "marketing_lite".to_owned(),
        (_, Some(template)) => template.category.to_ascii_lowercase(),
        (_, None) => "service".to_owned(),
    }
}
