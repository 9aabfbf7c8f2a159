//! The state after a set of reports does not depend on their order, nor on how often each came.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(1_796_000_000 + seconds)
}

/// A template that was synchronised long before every report.
fn state() -> TemplateState {
    TemplateState {
        synced_at: DateTime::UNIX_EPOCH,
        status: TemplateStatus::Approved,
        status_reported_at: None,
        status_note: None,
        status_until: None,
        category: Category::Utility,
        category_reported_at: None,
        detected_category: None,
        category_detected_at: None,
        category_changes_at: None,
        quality: None,
        quality_reported_at: None,
        components: json!([{"type": "BODY", "text": "Bonjour {{1}}", "example": {"body_text": [["Awa"]]}},
            {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Ouvrir", "flow_id": 7}]}]),
        components_reported_at: None,
    }
}

fn status(event: &str) -> TemplateAspect {
    TemplateAspect::Status(StatusReport {
        event: event.to_owned(),
        note: None,
        category: None,
    })
}

fn noted(event: &str, note: &str) -> TemplateAspect {
    TemplateAspect::Status(StatusReport {
        event: event.to_owned(),
        note: Some(note.to_owned()),
        category: None,
    })
}

fn detected(category: Category) -> TemplateAspect {
    TemplateAspect::DetectedCategory {
        category,
        changes_at: None,
    }
}

fn after(reports: &[(TemplateAspect, DateTime<Utc>)]) -> TemplateState {
    let mut state = state();
    for (aspect, at) in reports {
        let _ = state.apply(aspect, *at);
    }
    state
}

fn any_category() -> impl Strategy<Value = Category> {
    prop::sample::select(vec![
        Category::Utility,
        Category::Marketing,
        Category::Authentication,
        Category::Other("NEW".to_owned()),
    ])
}

fn any_status() -> impl Strategy<Value = TemplateAspect> {
    let events = prop::sample::select(vec![
        "APPROVED",
        "REJECTED",
        "PENDING",
        "PAUSED",
        "UNPAUSED",
        "DISABLED",
        "FLAGGED",
        "IN_APPEAL",
        "PENDING_DELETION",
        "DELETED",
        "ARCHIVED",
        "UNARCHIVED",
        "LOCKED",
        "UNLOCKED",
        "REINSTATED",
        "NEW_AT_META",
    ]);
    let notes = prop::option::of(prop::sample::select(vec!["FIRST_PAUSE", "SCAM: Text."]));
    (events, notes, prop::option::of(any_category())).prop_map(|(event, note, category)| {
        TemplateAspect::Status(StatusReport {
            event: event.to_owned(),
            note: note.map(str::to_owned),
            category,
        })
    })
}

fn any_aspect() -> impl Strategy<Value = TemplateAspect> {
    let texts = || prop::option::of("[ab]");
    prop_oneof![
        3 => any_status(),
        1 => prop::sample::select(vec!["GREEN", "YELLOW", "RED"]).prop_map(|score| TemplateAspect::Quality(score.to_owned())),
        1 => (texts(), "[ab]", texts()).prop_map(|(header, body, footer)| {
            TemplateAspect::Components(ReportedComponents { header, body, footer })
        }),
        1 => any_category().prop_map(TemplateAspect::Category),
        1 => (any_category(), prop::option::of(0_i64..3)).prop_map(|(category, change)| {
            TemplateAspect::DetectedCategory { category, changes_at: change.map(at) }
        }),
    ]
}

proptest! {
    #[test]
    fn the_order_of_reports_and_their_repetition_change_nothing(
        (given, shuffled, again) in prop::collection::vec((any_aspect(), (0_i64..4).prop_map(at)), 0..8)
            .prop_flat_map(|given| (Just(given.clone()), Just(given.clone()).prop_shuffle(), Just(given).prop_shuffle())),
    ) {
        let expected = after(&given);
        prop_assert_eq!(&after(&shuffled), &expected);
        let twice: Vec<_> = shuffled.into_iter().chain(again).collect();
        prop_assert_eq!(after(&twice), expected);
    }

    #[test]
    fn a_repeated_report_is_never_outdated_unless_another_one_was_newer(aspect in any_aspect()) {
        let mut state = state();
        let first = state.apply(&aspect, at(1));
        let again = state.apply(&aspect, at(1));
        match first {
            ReportOutcome::Applied => prop_assert_eq!(again, ReportOutcome::Repeated),
            other => prop_assert_eq!(again, other),
        }
    }
}

#[test]
fn a_pause_holds_as_long_as_meta_says() {
    for (note, until) in [
        ("FIRST_PAUSE", Some(at(3 * 3_600))),
        (
            "SECOND_PAUSE: The template was paused.",
            Some(at(6 * 3_600)),
        ),
        ("RATE_LIMITING_PAUSE", None),
    ] {
        let state = after(&[(noted("paused", note), at(0))]);
        assert_eq!(state.status, TemplateStatus::Paused);
        assert_eq!(state.status_until, until, "{note}");
        assert_eq!(state.status_note.as_deref(), Some(note));
    }
    let archived = after(&[(status("ARCHIVED"), at(0))]);
    assert_eq!(archived.status_until, Some(at(28 * 24 * 3_600)));
}

#[test]
fn what_ends_a_pause_takes_its_note_back() {
    for (event, is_sendable) in [
        ("UNPAUSED", true),
        ("APPROVED", true),
        ("REINSTATED", true),
        ("UNARCHIVED", false),
    ] {
        let state = after(&[
            (noted("PAUSED", "FIRST_PAUSE"), at(0)),
            (status(event), at(1)),
        ]);
        assert_eq!(state.status.is_sendable(), is_sendable, "{event}");
        assert_eq!((state.status_note, state.status_until), (None, None));
    }
}

#[test]
fn a_lock_says_nothing_of_sending() {
    for event in ["LOCKED", "unlocked"] {
        let mut locked = state();
        assert_eq!(locked.apply(&status(event), at(1)), ReportOutcome::Ignored);
        assert_eq!(locked, state());
    }
}

#[test]
fn a_deletion_is_final() {
    let later = after(&[(status("DELETED"), at(0)), (status("APPROVED"), at(9))]);
    assert_eq!(later.status, TemplateStatus::Deleted);
}

#[test]
fn of_a_review_that_begins_and_ends_in_one_second_the_end_holds() {
    for ended in ["APPROVED", "REJECTED"] {
        let (begins, ends) = ((status("PENDING"), at(0)), (status(ended), at(0)));
        for reports in [[begins.clone(), ends.clone()], [ends.clone(), begins]] {
            assert_eq!(after(&reports).status, TemplateStatus::from_meta(ended));
        }
    }
}

#[test]
fn of_two_statuses_at_the_same_time_the_one_that_forbids_sending_holds() {
    let both = after(&[(status("PAUSED"), at(0)), (status("APPROVED"), at(0))]);
    assert_eq!(both.status, TemplateStatus::Paused);
}

#[test]
fn only_a_completed_change_or_an_approval_changes_the_category() {
    let announced = after(&[(detected(Category::Marketing), at(1))]);
    assert_eq!(announced.category, Category::Utility);
    assert_eq!(announced.detected_category, Some(Category::Marketing));
    let completed = after(&[
        (detected(Category::Marketing), at(1)),
        (TemplateAspect::Category(Category::Marketing), at(2)),
    ]);
    assert_eq!(completed.category, Category::Marketing);
    assert_eq!(completed.detected_category, None);
    let approved = |event: &str| {
        TemplateAspect::Status(StatusReport {
            event: event.to_owned(),
            note: None,
            category: Some(Category::Marketing),
        })
    };
    assert_eq!(
        after(&[(approved("APPROVED"), at(1))]).category,
        Category::Marketing
    );
    assert_eq!(
        after(&[(approved("PENDING"), at(1))]).category,
        Category::Utility
    );
}

#[test]
fn an_approval_in_the_second_in_which_the_template_was_stored_counts() {
    let mut stored = TemplateState {
        synced_at: at(0) + TimeDelta::milliseconds(570),
        status: TemplateStatus::Pending,
        ..state()
    };
    assert_eq!(
        stored.apply(&status("APPROVED"), at(0)),
        ReportOutcome::Applied
    );
}

#[test]
fn what_the_last_synchronisation_may_have_missed_counts_if_it_restricts() {
    let synced = TemplateState {
        synced_at: at(300),
        ..state()
    };
    for (aspect, outcome) in [
        (status("PAUSED"), ReportOutcome::Applied),
        (status("APPROVED"), ReportOutcome::Outdated),
        (
            TemplateAspect::Category(Category::Marketing),
            ReportOutcome::Applied,
        ),
        (
            TemplateAspect::Category(Category::Utility),
            ReportOutcome::Outdated,
        ),
    ] {
        assert_eq!(synced.clone().apply(&aspect, at(0)), outcome, "{aspect:?}");
        let hours_before = at(-7_200);
        assert_eq!(
            synced.clone().apply(&aspect, hours_before),
            ReportOutcome::Outdated
        );
    }
}

#[test]
fn an_edit_replaces_the_texts_and_leaves_the_rest() {
    let edited = |header: Option<&str>, footer: Option<&str>| {
        let reported = ReportedComponents {
            header: header.map(str::to_owned),
            body: "Bonsoir {{1}}".to_owned(),
            footer: footer.map(str::to_owned),
        };
        after(&[(TemplateAspect::Components(reported), at(0))]).components
    };
    let (body, buttons) = (
        json!({"type": "BODY", "text": "Bonsoir {{1}}", "example": {"body_text": [["Awa"]]}}),
        json!({"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Ouvrir", "flow_id": 7}]}),
    );
    assert_eq!(edited(None, None), json!([body, buttons]));
    assert_eq!(
        edited(Some("Titre"), Some("Faso")),
        json!([{"type": "HEADER", "format": "TEXT", "text": "Titre"}, body, {"type": "FOOTER", "text": "Faso"}, buttons])
    );
}

#[test]
fn a_header_that_is_a_file_stays() {
    let image =
        json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}});
    let mut state = TemplateState {
        components: json!([image, {"type": "BODY", "text": "Bonjour"}]),
        ..state()
    };
    let reported = TemplateAspect::Components(ReportedComponents {
        header: Some("Titre".to_owned()),
        body: "Bonsoir".to_owned(),
        footer: None,
    });
    assert_eq!(state.apply(&reported, at(0)), ReportOutcome::Applied);
    assert_eq!(
        state.components,
        json!([image, {"type": "BODY", "text": "Bonsoir"}])
    );
    assert_eq!(state.apply(&reported, at(0)), ReportOutcome::Repeated);
}

#[test]
fn every_rating_and_every_category_is_explained_in_both_languages() {
    let ratings = ["GREEN", "YELLOW", "RED", "UNKNOWN"].map(explain_quality);
    let changed = [Category::Marketing, Category::Utility]
        .map(|category| explain_category_change(&category, &Category::Authentication));
    let announced =
        explain_category_notice(&Category::Utility, &Category::Marketing, Some(at(400)));
    assert!(announced.en.contains("2026-11-30 "), "{}", announced.en);
    assert!(announced.fr.contains("30/11/2026 à "), "{}", announced.fr);
    let mut seen = std::collections::BTreeSet::new();
    for explanation in ratings.into_iter().chain(changed).chain([announced]) {
        assert!(seen.insert(explanation.en.clone()), "{}", explanation.en);
        assert!(seen.insert(explanation.fr), "{}", explanation.en);
    }
}
