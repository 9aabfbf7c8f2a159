//! The fields that Meta documents (Meta, webhooks reference), counted by name.

use crate::metrics::Metrics;

/// Inbound messages, and statuses of sent messages.
pub(super) const MESSAGES: &str = "messages";
/// Marketing preferences.
pub(super) const PREFERENCES: &str = "user_preferences";
/// The status of a template.
pub(super) const TEMPLATE_STATUS: &str = "message_template_status_update";
/// The quality rating of a template.
pub(super) const TEMPLATE_QUALITY: &str = "message_template_quality_update";
/// The texts of a template.
pub(super) const TEMPLATE_COMPONENTS: &str = "message_template_components_update";
/// The category of a template changed, or will change.
pub(super) const TEMPLATE_CATEGORY: &str = "template_category_update";
/// Meta finds another category correct.
pub(super) const TEMPLATE_DETECTION: &str = "template_correct_category_detection";
/// An event of a number, such as a changed limit.
pub(super) const NUMBER_QUALITY: &str = "phone_number_quality_update";
/// A limit of the whole portfolio changed.
pub(super) const BUSINESS_CAPABILITY: &str = "business_capability_update";

/// All documented fields; any other is counted as `other`, so that the label stays bounded.
const DOCUMENTED: [&str; 33] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    BUSINESS_CAPABILITY,
    "business_status_update",
    "business_username_updates",
    "calls",
    "flows",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "history",
    "message_echoes",
    TEMPLATE_COMPONENTS,
    TEMPLATE_QUALITY,
    TEMPLATE_STATUS,
    MESSAGES,
    "messaging_handovers",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    NUMBER_QUALITY,
    "security",
    "smb_app_state_sync",
    "smb_message_echoes",
    "standby",
    TEMPLATE_CATEGORY,
    TEMPLATE_DETECTION,
    "tracking_events",
    PREFERENCES,
];

/// Whether Meta documents the field.
pub(super) fn is_documented(field: &str) -> bool {
    DOCUMENTED.contains(&field)
}

/// Counts a change.
pub(super) fn count(field: &str) {
    let label = if is_documented(field) { field } else { "other" };
    Metrics::get().fields.with_label_values(&[label]).inc();
}

#[cfg(test)]
mod tests {
    use prometheus::proto::{Metric, MetricFamily};
    use proptest::prelude::*;

    use super::*;
    use crate::field::tests::{body_of, read, with};

    /// The labels of the metric that counts changes.
    fn labels() -> Vec<String> {
        let families = prometheus::gather();
        let fields = families
            .iter()
            .filter(|family| family.name() == "djigbachats_ingest_fields_total");
        let metrics = fields.flat_map(MetricFamily::get_metric);
        let labels = metrics.flat_map(Metric::get_label);
        labels.map(|label| label.value().to_owned()).collect()
    }

    #[test]
    fn each_documented_field_is_counted_by_its_own_name() {
        for field in DOCUMENTED {
            read(&body_of(field, &with(r#""x":1"#)));
            assert!(labels().contains(&field.to_owned()), "{field}");
        }
        read(&body_of("user_id_update", "{}"));
        assert!(!labels().contains(&"user_id_update".to_owned()));
    }

    proptest! {
        #[test]
        fn hostile_names_make_no_labels(field in "[^\"\\\\\\x00-\\x1f]{0,40}", long in 0_usize..5_000) {
            read(&body_of(&field, "{}"));
            read(&body_of(&"x".repeat(long), "{}"));
            let known = |label: &String| label == "other" || is_documented(label);
            prop_assert!(labels().iter().all(known), "{:?}", labels());
        }
    }
}
