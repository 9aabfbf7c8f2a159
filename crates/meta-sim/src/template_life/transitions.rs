//! The changes that happen to a template, each reported by its webhook.

use serde_json::{Map, Value, json};

use super::due::{Due, Event};
use super::memory::{ANNOUNCED_MS, ARCHIVE_MS, PAUSES_MS};
use super::reports;
use crate::state::State;
use crate::state::account::Template;
use crate::state::accounts::StoredTemplate;

const LOW_QUALITY: &str = "The template was paused for low quality.";

/// A change of status with what its webhook says.
#[derive(Debug, Clone)]
pub(crate) struct StatusChange {
    /// The event, such as `APPROVED`.
    pub(crate) event: String,
    /// Why; Meta writes `NONE`, and null when a template is to be deleted.
    pub(crate) reason: Option<String>,
    /// `other_info`, `rejection_info`, `disable_info`.
    pub(crate) details: Map<String, Value>,
}

impl StatusChange {
    /// A change without a reason.
    pub(crate) fn to(event: &str) -> Self {
        Self {
            event: event.to_owned(),
            reason: Some("NONE".to_owned()),
            details: Map::new(),
        }
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.details.insert(key.to_owned(), value);
        self
    }
}

/// Changes the status of a template and reports it.
pub(crate) fn set_status(state: &State, template: &StoredTemplate, change: &StatusChange) {
    let status = change.event.to_ascii_uppercase();
    let (id, now_ms) = (&template.facts.id, state.clock.now_ms());
    let status = match status.as_str() {
        "UNARCHIVED" => {
            let before = state.template_life.before_archive(id);
            before.unwrap_or_else(|| "APPROVED".to_owned())
        }
        _ => status,
    };
    match status.as_str() {
        "PENDING" => schedule_review(state, template),
        "PAUSED" => state.template_life.paused(id, now_ms),
        "ARCHIVED" => {
            state.template_life.archived(id, &template.facts.status);
            schedule(state, template, ARCHIVE_MS, Event::EndOfArchive);
        }
        _ => {}
    }
    let changed = Template {
        status,
        rejected_reason: change.reason.clone().unwrap_or_else(|| "NONE".to_owned()),
        ..template.facts.clone()
    };
    state.put_template(&template.waba_id, changed);
    reports::status(state, template, change);
}

/// Pauses a template for low quality: for three hours, then for six, and the third time for good.
pub(crate) fn pause(state: &State, template: &StoredTemplate) {
    let number = state.template_life.count_pause(&template.facts.id);
    let (title, lasts) = match number {
        1 => ("FIRST_PAUSE", PAUSES_MS.first()),
        2 => ("SECOND_PAUSE", PAUSES_MS.last()),
        _ => return disable(state, template),
    };
    pause_as(state, template, title);
    schedule(
        state,
        template,
        lasts.copied().unwrap_or_default(),
        Event::EndOfPause,
    );
}

/// Pauses a template under a title, until it is unpaused by a call.
pub(crate) fn pause_as(state: &State, template: &StoredTemplate, title: &str) {
    let info = json!({"title": title, "description": LOW_QUALITY});
    set_status(
        state,
        template,
        &StatusChange::to("PAUSED").with("other_info", info),
    );
}

/// Ends a pause.
pub(crate) fn unpause(state: &State, template: &StoredTemplate) {
    let info = json!({"title": "UNPAUSE", "description": "The template may be sent again."});
    set_status(
        state,
        template,
        &StatusChange::to("APPROVED").with("other_info", info),
    );
}

fn disable(state: &State, template: &StoredTemplate) {
    let info = json!({"disable_date": state.clock.now_ms() / 1_000});
    set_status(
        state,
        template,
        &StatusChange::to("DISABLED").with("disable_info", info),
    );
}

/// Changes the quality and reports it.
pub(crate) fn set_quality(state: &State, template: &StoredTemplate, score: &str) {
    let changed = Template {
        quality_score: score.to_owned(),
        ..template.facts.clone()
    };
    state.put_template(&template.waba_id, changed);
    reports::quality(state, template, score);
}

/// Announces a change of category, which happens a day later.
pub(crate) fn announce_category(state: &State, template: &StoredTemplate, category: &str) {
    let changed = Template {
        correct_category: Some(category.to_owned()),
        ..template.facts.clone()
    };
    state.put_template(&template.waba_id, changed);
    let at_ms = state.clock.now_ms() + ANNOUNCED_MS;
    let event = Event::ChangeOfCategory(category.to_owned());
    schedule(state, template, ANNOUNCED_MS, event);
    reports::category_to_come(state, template, category, at_ms);
}

/// Changes the category and reports it.
pub(crate) fn recategorise(state: &State, template: &StoredTemplate, category: &str) {
    let changed = Template {
        category: category.to_owned(),
        previous_category: Some(template.facts.category.clone()),
        correct_category: None,
        ..template.facts.clone()
    };
    state.put_template(&template.waba_id, changed);
    reports::category_changed(state, template, category);
}

/// Reports that the content belongs to another category, which changes nothing yet.
pub(crate) fn detect_category(state: &State, template: &StoredTemplate, category: &str) {
    let changed = Template {
        correct_category: Some(category.to_owned()),
        ..template.facts.clone()
    };
    state.put_template(&template.waba_id, changed);
    reports::category_detected(state, template, category);
}

/// Deletes a template and reports it.
pub(crate) fn delete(state: &State, template: &StoredTemplate) {
    let facts = &template.facts;
    let now_ms = state.clock.now_ms();
    state
        .template_life
        .deleted(&template.waba_id, facts, now_ms);
    state.delete_templates(&template.waba_id, std::slice::from_ref(&facts.id));
    let announced = StatusChange {
        reason: None,
        ..StatusChange::to("PENDING_DELETION")
    };
    reports::status(state, template, &announced);
    reports::status(state, template, &StatusChange::to("DELETED"));
}

/// Begins the review of a template that was created or edited.
fn schedule_review(state: &State, template: &StoredTemplate) {
    if let Some(after_ms) = state.review_behaviour().after_ms {
        let after_ms = i64::try_from(after_ms).unwrap_or(i64::MAX);
        schedule(state, template, after_ms, Event::EndOfReview);
    }
}

fn schedule(state: &State, template: &StoredTemplate, after_ms: i64, event: Event) {
    let at_ms = state.clock.now_ms().saturating_add(after_ms);
    let (waba_id, id) = (template.waba_id.clone(), template.facts.id.clone());
    state
        .template_life
        .schedule(Due::new(waba_id, id, at_ms, event));
}
