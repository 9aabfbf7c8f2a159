//! Events about templates, of every form that can be built.

use chrono::DateTime;
use serde_json::json;

use super::data::check;
use crate::feed::{
    FeedEvent, NamedTemplate, TemplateCategoryChanged, TemplateCategoryDetected, TemplateEvent,
    TemplateQualityChanged, TemplateReport, TemplateStatusChanged,
};
use crate::ids::{TemplateId, WabaId};
use crate::template::{Category, TemplateStatus};

fn template() -> NamedTemplate {
    NamedTemplate {
        template_id: TemplateId::from_number(7),
        waba_id: WabaId::from_number(102),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
    }
}

fn report() -> TemplateReport {
    TemplateReport {
        waba_id: WabaId::from_number(102),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
        previous_status: TemplateStatus::Approved,
        category: Category::Marketing,
    }
}

fn paused() -> TemplateStatusChanged {
    let (note, until) = (
        Some("FIRST_PAUSE".to_owned()),
        DateTime::from_timestamp(1_796_058_000, 0),
    );
    TemplateStatusChanged::noted(
        TemplateId::from_number(7),
        TemplateStatus::Paused,
        note,
        until,
    )
}

pub(super) fn template_events() -> Vec<FeedEvent> {
    let refused = TemplateStatusChanged::new(TemplateId::from_number(7), TemplateStatus::Disabled);
    let detected = |changes_at| {
        let (category, detected) = (Category::Utility, Category::Marketing);
        TemplateCategoryDetected::new(template(), category, detected, changes_at)
    };
    let rated = |before| TemplateQualityChanged::new(template(), "YELLOW".to_owned(), before);
    let events = [
        TemplateEvent::StatusChanged(refused),
        TemplateEvent::StatusChanged(paused().reported(report())),
        TemplateEvent::CategoryChanged(TemplateCategoryChanged::new(
            template(),
            Category::Marketing,
            Category::Utility,
        )),
        TemplateEvent::CategoryDetected(detected(None)),
        TemplateEvent::CategoryDetected(detected(DateTime::from_timestamp(1_796_058_000, 0))),
        TemplateEvent::QualityChanged(rated(None)),
        TemplateEvent::QualityChanged(rated(Some("GREEN".to_owned()))),
        TemplateEvent::ComponentsChanged(template()),
    ];
    events.map(FeedEvent::Template).into()
}

#[test]
fn a_status_has_what_meta_reported_and_what_to_do() {
    let changed = paused().reported(report());
    let data = json!({
        "waba_id": "102",
        "template_id": "7",
        "name": "ticket",
        "language": "fr",
        "status": "PAUSED",
        "previous_status": "APPROVED",
        "category": "MARKETING",
        "note": "FIRST_PAUSE",
        "until": "2026-11-30T17:00:00Z",
        "explanation": changed.explanation,
    });
    let event = FeedEvent::Template(TemplateEvent::StatusChanged(changed));
    check(&event, "template.status_changed", &data);
}

#[test]
fn a_changed_category_names_both() {
    let changed = TemplateCategoryChanged::new(template(), Category::Marketing, Category::Utility);
    assert!(changed.explanation.en.contains("from UTILITY to MARKETING"));
    let data = json!({
        "waba_id": "102",
        "template_id": "7",
        "name": "ticket",
        "language": "fr",
        "category": "MARKETING",
        "previous_category": "UTILITY",
        "explanation": changed.explanation,
    });
    let event = FeedEvent::Template(TemplateEvent::CategoryChanged(changed));
    check(&event, "template.category_changed", &data);
}
