//! Tests of reports about templates, in the form of Meta's samples and with errors in them.

use chrono::DateTime;
use common::template::{Category, ReportedComponents, StatusReport, TemplateAspect};
use common::wire::{EventKind, ReportedTemplate};
use proptest::prelude::*;

use super::documented::{
    TEMPLATE_CATEGORY, TEMPLATE_COMPONENTS, TEMPLATE_DETECTION, TEMPLATE_QUALITY, TEMPLATE_STATUS,
};
use super::tests::{body_of, read};

const NAMES: &str = r#""message_template_id":1689556908129832,"message_template_name":"order_confirmation","message_template_language":"en-US""#;

/// The one report in a webhook whose value has the names of a template and these members.
fn reported(field: &str, members: &str) -> ReportedTemplate {
    let translated = read(&body_of(field, &format!("{{{NAMES},{members}}}")));
    assert!(translated.unreadable.is_empty(), "{field} {members}");
    let [event] = &translated.inbound[..] else {
        panic!("{members}")
    };
    let EventKind::ReportedTemplate(template) = &event.kind else {
        panic!("{members}")
    };
    assert_eq!(event.waba_id.as_ref().unwrap().as_str(), "102290129340398");
    template.clone()
}

fn status(members: &str) -> StatusReport {
    match reported(TEMPLATE_STATUS, members).aspect {
        TemplateAspect::Status(report) => report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_report_names_its_template_and_its_time() {
    let template = reported(TEMPLATE_STATUS, r#""event":"paused""#);
    let id = template.template_id.as_ref().unwrap();
    assert_eq!(id.as_str(), "1689556908129832");
    assert_eq!(
        (template.name.as_str(), template.language.as_str()),
        ("order_confirmation", "en-US")
    );
    assert_eq!(template.occurred_at.timestamp(), 1_739_321_024);
}

#[test]
fn a_status_is_read_whatever_its_case_with_what_meta_says_of_it() {
    for (members, event, note) in [
        (r#""event":"APPROVED","reason":"NONE""#, "APPROVED", None),
        (
            r#""event":"PENDING_DELETION","reason":null"#,
            "PENDING_DELETION",
            None,
        ),
        (
            r#""event":"paused","reason":"NONE","other_info":{"title":"FIRST_PAUSE","description":"Paused."}"#,
            "PAUSED",
            Some("FIRST_PAUSE: Paused."),
        ),
        (
            r#""event":"REJECTED","reason":"INVALID_FORMAT","rejection_info":{"reason":"Parameters touch.","recommendation":"Separate them."}"#,
            "REJECTED",
            Some("INVALID_FORMAT: Parameters touch. Separate them."),
        ),
        (
            r#""event":"DISABLED","reason":"NONE","disable_info":{"disable_date":"2026-11-30"}"#,
            "DISABLED",
            Some("2026-11-30"),
        ),
        (
            r#""event":"NEW_AT_META","reason":{"x":1}"#,
            "NEW_AT_META",
            None,
        ),
    ] {
        let report = status(members);
        assert_eq!(
            (report.event.as_str(), report.note.as_deref()),
            (event, note)
        );
    }
    let approved = status(r#""event":"APPROVED","message_template_category":"MARKETING""#);
    assert_eq!(approved.category, Some(Category::Marketing));
}

#[test]
fn an_announced_category_and_a_changed_one_are_told_apart() {
    let category = |members| reported(TEMPLATE_CATEGORY, members).aspect;
    assert_eq!(
        category(
            r#""new_category":"UTILITY","correct_category":"MARKETING","category_update_timestamp":1746169200"#
        ),
        TemplateAspect::DetectedCategory {
            category: Category::Marketing,
            changes_at: DateTime::from_timestamp(1_746_169_200, 0),
        }
    );
    assert_eq!(
        category(r#""previous_category":"UTILITY","new_category":"MARKETING""#),
        TemplateAspect::Category(Category::Marketing)
    );
    // Both at once: what is done counts.
    assert_eq!(
        category(
            r#""previous_category":"UTILITY","new_category":"MARKETING","correct_category":"UTILITY""#
        ),
        TemplateAspect::Category(Category::Marketing)
    );
    let detected = reported(TEMPLATE_DETECTION, r#""correct_category":"MARKETING""#).aspect;
    assert_eq!(
        detected,
        TemplateAspect::DetectedCategory {
            category: Category::Marketing,
            changes_at: None,
        }
    );
}

#[test]
fn a_rating_is_read_also_from_the_field_of_metas_sample() {
    for field in [TEMPLATE_QUALITY, TEMPLATE_STATUS] {
        let members = r#""previous_quality_score":"GREEN","new_quality_score":"YELLOW""#;
        let aspect = reported(field, members).aspect;
        assert_eq!(aspect, TemplateAspect::Quality("YELLOW".to_owned()));
    }
}

#[test]
fn the_texts_of_an_edited_template_are_read() {
    let members = r#""message_template_title":"Confirmed!","message_template_element":"Thank you, {{1}}!",
        "message_template_buttons":[{"message_template_button_type":"URL","message_template_button_text":"Email"}]"#;
    let expected = ReportedComponents {
        header: Some("Confirmed!".to_owned()),
        body: "Thank you, {{1}}!".to_owned(),
        footer: None,
    };
    assert_eq!(
        reported(TEMPLATE_COMPONENTS, members).aspect,
        TemplateAspect::Components(expected)
    );
}

#[test]
fn what_names_no_template_or_reports_nothing_is_quarantined() {
    for (field, value) in [
        (TEMPLATE_STATUS, r#"{"event":"PAUSED"}"#.to_owned()),
        (TEMPLATE_STATUS, format!("{{{NAMES}}}")),
        (
            TEMPLATE_QUALITY,
            format!(r#"{{{NAMES},"new_quality_score":{{}}}}"#),
        ),
        (
            TEMPLATE_CATEGORY,
            format!(r#"{{{NAMES},"new_category":"UTILITY"}}"#),
        ),
        (
            TEMPLATE_COMPONENTS,
            format!(r#"{{{NAMES},"message_template_element":""}}"#),
        ),
        (TEMPLATE_DETECTION, "7".to_owned()),
    ] {
        let translated = read(&body_of(field, &value));
        assert!(translated.inbound.is_empty(), "{value}");
        assert_eq!(
            translated.unreadable.to_string(),
            "cannot be read: 1 template",
            "{value}"
        );
    }
}

proptest! {
    #[test]
    fn a_report_with_a_broken_member_is_read_or_quarantined(
        field in prop::sample::select(vec![TEMPLATE_STATUS, TEMPLATE_QUALITY, TEMPLATE_COMPONENTS, TEMPLATE_CATEGORY, TEMPLATE_DETECTION]),
        key in prop::sample::select(vec!["event", "reason", "other_info", "new_quality_score", "message_template_element",
            "new_category", "previous_category", "correct_category", "category_update_timestamp", "message_template_id"]),
        junk in prop::sample::select(vec!["null", "{}", "[]", "-1", "1e400", "true", r#""""#, r#""\ud800""#, "[[{}]]", "nonsense"]),
    ) {
        let members = r#""event":"PAUSED","new_quality_score":"RED","message_template_element":"x","new_category":"UTILITY""#;
        let translated = read(&body_of(field, &format!(r#"{{{NAMES},{members},"{key}":{junk}}}"#)));
        let events = translated.inbound.len();
        prop_assert!(events == 1 || !translated.unreadable.is_empty());
    }
}
