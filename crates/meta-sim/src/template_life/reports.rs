//! The webhooks of templates (Meta, webhooks: template fields). None is created while no URL is set or the app is not
//! subscribed.

use serde_json::{Map, Value, json};

use super::transitions::StatusChange;
use crate::control::inbound::{self, FieldChange};
use crate::state::State;
use crate::state::accounts::StoredTemplate;

/// `message_template_status_update`.
pub(crate) fn status(state: &State, template: &StoredTemplate, change: &StatusChange) {
    let mut value = json!({
        "event": change.event,
        "message_template_category": template.facts.category,
        "reason": change.reason,
    });
    if let Some(value) = value.as_object_mut() {
        value.extend(change.details.clone());
    }
    report(state, template, "message_template_status_update", value);
}

/// `message_template_quality_update`.
pub(super) fn quality(state: &State, template: &StoredTemplate, score: &str) {
    let previous = &template.facts.quality_score;
    let value = json!({"previous_quality_score": previous, "new_quality_score": score});
    report(state, template, "message_template_quality_update", value);
}

/// `template_category_update` a day before: `new_category` is the current one.
pub(super) fn category_to_come(state: &State, template: &StoredTemplate, to: &str, at_ms: i64) {
    let value = json!({
        "new_category": template.facts.category,
        "correct_category": to,
        "category_update_timestamp": at_ms / 1_000,
    });
    report(state, template, "template_category_update", value);
}

/// `template_category_update` of a change that happened.
pub(super) fn category_changed(state: &State, template: &StoredTemplate, to: &str) {
    let previous = &template.facts.category;
    let value = json!({"previous_category": previous, "new_category": to});
    report(state, template, "template_category_update", value);
}

/// `template_correct_category_detection`.
pub(super) fn category_detected(state: &State, template: &StoredTemplate, correct: &str) {
    let value = json!({"category": template.facts.category, "correct_category": correct});
    report(
        state,
        template,
        "template_correct_category_detection",
        value,
    );
}

/// `message_template_components_update`, with the texts of the template.
pub(crate) fn components(state: &State, template: &StoredTemplate) {
    let mut value = Map::new();
    for component in &template.facts.components {
        let kind = component.get("type").and_then(Value::as_str);
        let key = match kind.unwrap_or_default() {
            "HEADER" => "message_template_title",
            "BODY" => "message_template_element",
            "FOOTER" => "message_template_footer",
            "BUTTONS" => {
                let buttons = component.get("buttons").and_then(Value::as_array);
                let buttons = buttons.into_iter().flatten().map(button).collect();
                value.insert("message_template_buttons".to_owned(), Value::Array(buttons));
                continue;
            }
            _ => continue,
        };
        if let Some(text) = component.get("text") {
            value.insert(key.to_owned(), text.clone());
        }
    }
    report(
        state,
        template,
        "message_template_components_update",
        value.into(),
    );
}

fn button(button: &Value) -> Value {
    let mut shown = Map::new();
    for key in ["type", "text", "url", "phone_number"] {
        if let Some(value) = button.get(key) {
            shown.insert(format!("message_template_button_{key}"), value.clone());
        }
    }
    shown.into()
}

fn report(state: &State, template: &StoredTemplate, field: &str, mut value: Value) {
    if !state.delivers_webhooks(&template.waba_id) {
        return;
    }
    let facts = &template.facts;
    let id: u64 = facts.id.parse().unwrap_or_default();
    if let Some(value) = value.as_object_mut() {
        value.insert("message_template_id".to_owned(), json!(id));
        value.insert("message_template_name".to_owned(), json!(facts.name));
        // As Meta's samples have it: `en-US` for the template in `en_US`.
        let language = facts.language.replace('_', "-");
        value.insert("message_template_language".to_owned(), json!(language));
    }
    let change = FieldChange {
        waba_id: template.waba_id.clone(),
        field: field.to_owned(),
        value,
    };
    if let Err(error) = inbound::report(state, &change) {
        tracing::warn!(%error, field, "the change of a template was not reported");
    }
}
