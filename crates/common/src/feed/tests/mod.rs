//! The catalogue describes every event that can be built, and the data keep the form that readers expect.

mod data;
mod events;
mod message_data;
mod publications;
mod templates;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::{EventType, Field, FieldValue, Presence};
use events::all_events;

/// The fields that data may have. Each is a state, a code, a flag, an id or a text of ours or Meta's: a field that
/// could identify a person must not be added.
const NOT_PERSONAL: [&str; 32] = [
    "action",
    "attempt",
    "category",
    "changes_at",
    "contact_id",
    "detected_category",
    "draft_id",
    "error_code",
    "explanation",
    "keyword",
    "language",
    "messaging_limit",
    "name",
    "note",
    "phone_number_id",
    "previous_category",
    "previous_contact_id",
    "previous_quality",
    "previous_status",
    "publication_id",
    "quality",
    "quality_rating",
    "reason",
    "source",
    "state",
    "status",
    "template_id",
    "throughput_level",
    "type",
    "until",
    "version",
    "waba_id",
];

fn keys(data: &Value) -> BTreeSet<&str> {
    data.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn is_allowed(value: &Value, field: &Field) -> bool {
    if value.is_null() {
        return field.is_nullable;
    }
    match &field.value {
        FieldValue::Integer => value.is_i64(),
        FieldValue::Text => value.is_string(),
        FieldValue::Uuid => value.as_str().is_some_and(|text| text.len() == 36),
        FieldValue::MetaId => value
            .as_str()
            .is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit())),
        FieldValue::Time => value
            .as_str()
            .is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok()),
        FieldValue::Explanation => keys(value) == BTreeSet::from(["en", "fr"]),
        FieldValue::OneOf(values) => value.as_str().is_some_and(|text| values.contains(&text)),
    }
}

const fn fits(presence: Presence, is_given: bool) -> bool {
    match presence {
        Presence::Always => is_given,
        Presence::Sometimes => true,
        Presence::Never => !is_given,
    }
}

#[test]
fn every_name_is_used_once_and_leads_back_to_its_type() {
    let names: BTreeSet<&str> = EventType::ALL.iter().map(|known| known.as_str()).collect();
    assert_eq!(names.len(), EventType::ALL.len());
    for event_type in EventType::ALL {
        assert_eq!(EventType::from_name(event_type.as_str()), Some(*event_type));
        assert!(event_type.version() >= 1);
        assert!(event_type.meaning().ends_with('.'), "{event_type:?}");
    }
}

#[test]
fn every_type_has_an_example_of_itself() {
    for event_type in EventType::ALL {
        assert_eq!(event_type.example().event_type(), *event_type);
    }
}

#[test]
fn every_event_has_the_data_that_the_catalogue_describes() {
    let examples = EventType::ALL.iter().map(|event_type| event_type.example());
    for event in examples.chain(all_events()) {
        let data = serde_json::to_value(&event).unwrap();
        let fields = event.event_type().fields();
        for (name, value) in data.as_object().unwrap() {
            let field = fields.iter().find(|field| field.name == name);
            let field = field.unwrap_or_else(|| panic!("{event:?}: {name} is not described"));
            assert!(is_allowed(value, field), "{event:?}: {name}");
        }
        let required = fields.iter().filter(|field| field.is_required);
        for field in required {
            assert!(
                keys(&data).contains(field.name),
                "{event:?}: {}",
                field.name
            );
        }
    }
}

#[test]
fn the_catalogue_describes_no_field_and_no_absence_that_no_event_has() {
    let mut forms: BTreeMap<EventType, Vec<Value>> = BTreeMap::new();
    for event in all_events() {
        let data = serde_json::to_value(&event).unwrap();
        forms.entry(event.event_type()).or_default().push(data);
    }
    for event_type in EventType::ALL {
        let forms = &forms[event_type];
        for field in event_type.fields() {
            let name = field.name;
            assert!(forms.iter().any(|data| keys(data).contains(name)), "{name}");
            let is_always_there = forms.iter().all(|data| keys(data).contains(name));
            assert_eq!(is_always_there, field.is_required, "{event_type:?}: {name}");
            let is_null = |data: &Value| data.get(name).is_some_and(Value::is_null);
            assert_eq!(
                forms.iter().any(is_null),
                field.is_nullable,
                "{event_type:?}: {name}"
            );
            if let FieldValue::OneOf(values) = &field.value {
                let given: BTreeSet<&str> = forms
                    .iter()
                    .filter_map(|data| data.get(name)?.as_str())
                    .collect();
                assert_eq!(
                    given,
                    values.iter().copied().collect(),
                    "{event_type:?}: {name}"
                );
            }
        }
    }
}

#[test]
fn every_event_is_about_what_its_type_says() {
    for event in all_events() {
        let (about, subjects) = (event.about(), event.event_type().subjects());
        assert!(
            fits(subjects.message, about.message_id.is_some()),
            "{event:?}"
        );
        assert!(
            fits(subjects.campaign, about.campaign_id.is_some()),
            "{event:?}"
        );
        assert!(
            fits(subjects.inbound, about.inbound_id.is_some()),
            "{event:?}"
        );
    }
}

#[test]
fn no_field_can_name_a_person() {
    for event_type in EventType::ALL {
        for field in event_type.fields() {
            assert!(
                NOT_PERSONAL.contains(&field.name),
                "{event_type:?}: {}",
                field.name
            );
        }
    }
}

proptest! {
    #[test]
    fn text_that_is_no_name_has_no_type(text in "[a-z_]{0,12}(\\.[a-z_]{0,12})?") {
        let known = EventType::from_name(&text).map(EventType::as_str);
        prop_assert!(known.is_none_or(|name| name == text));
    }
}
