//! `docs/events.md`: the types of events, for readers of the feed. Generated from `common::feed`.

use std::fmt::Write as _;

use common::feed::{EventType, Field, FieldValue, Presence};

use crate::api::events::Event;

const INTRODUCTION: &str = "# Events

This page is generated: `djigbachats events > docs/events.md`.

`GET /v1/events` returns what happened to a business's messages, contacts, campaigns, numbers and templates, in order.
Numbers start at 1 and have no gaps: pass `last_number` as `after` in the next call. `type` says what happened, the ids
say what it is about, and `data` holds states, codes and flags, never personal data. Read the message, the contact or
the inbound message itself for anything that names a person.

A type keeps its name and its meaning. Types, fields of `data` and values of a field may be added at any time, so skip
what you do not know. The version of a type rises only if its data change in another way.

";

/// The page as it is committed: the same text for the same version.
#[must_use]
pub fn event_catalogue() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("| type | version | meaning |\n|---|---|---|\n");
    for event_type in EventType::ALL.iter().copied() {
        let (name, anchor) = (event_type.as_str(), anchor(event_type));
        let (version, meaning) = (event_type.version(), event_type.meaning());
        line(
            &mut page,
            format_args!("| [`{name}`](#{anchor}) | {version} | {meaning} |"),
        );
    }
    for event_type in EventType::ALL.iter().copied() {
        section(&mut page, event_type);
    }
    page.trim_end().to_owned()
}

fn section(page: &mut String, event_type: EventType) {
    line(page, format_args!("\n## {}\n", event_type.as_str()));
    line(page, format_args!("{}\n", event_type.meaning()));
    let subjects = event_type.subjects();
    let ids = [
        ("message_id", subjects.message),
        ("campaign_id", subjects.campaign),
        ("inbound_message_id", subjects.inbound),
    ];
    let ids: Vec<String> = ids.into_iter().filter_map(id).collect();
    if !ids.is_empty() {
        line(page, format_args!("Given: {}.\n", ids.join(", ")));
    }
    let fields = event_type.fields();
    if fields.is_empty() {
        page.push_str("`data` is empty.\n");
    } else {
        page.push_str("| field of `data` | value | given | meaning |\n|---|---|---|---|\n");
    }
    for field in &fields {
        row(page, field);
    }
    let example = Event::example(event_type);
    line(page, format_args!("\n```json\n{example:#}\n```"));
}

/// Writing to a `String` does not fail.
fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(page, "{text}");
}

fn row(page: &mut String, field: &Field) {
    let null = if field.is_nullable { ", or null" } else { "" };
    let given = if field.is_required {
        "always"
    } else {
        "sometimes"
    };
    let (name, value, meaning) = (field.name, value(&field.value), field.meaning);
    line(
        page,
        format_args!("| `{name}` | {value}{null} | {given} | {meaning} |"),
    );
}

fn value(value: &FieldValue) -> String {
    match value {
        FieldValue::Integer => "integer".to_owned(),
        FieldValue::Text => "text".to_owned(),
        FieldValue::Uuid => "UUID".to_owned(),
        FieldValue::MetaId => "digits".to_owned(),
        FieldValue::Time => "time".to_owned(),
        FieldValue::Explanation => "object with `en` and `fr`".to_owned(),
        FieldValue::OneOf(values) => {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            values.join(", ")
        }
    }
}

fn id((name, presence): (&str, Presence)) -> Option<String> {
    match presence {
        Presence::Always => Some(format!("`{name}`")),
        Presence::Sometimes => Some(format!("`{name}` (sometimes)")),
        Presence::Never => None,
    }
}

/// The anchor of a heading, without its full stop.
fn anchor(event_type: EventType) -> String {
    event_type.as_str().replace('.', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_section_with_its_fields_and_an_example() {
        let page = event_catalogue();
        for event_type in EventType::ALL.iter().copied() {
            let heading = format!("\n## {}\n", event_type.as_str());
            let (_, section) = page.split_once(&heading).unwrap();
            let section = section.split("\n## ").next().unwrap();
            assert!(section.contains(event_type.meaning()));
            assert!(section.contains("```json\n{"));
            for field in event_type.fields() {
                assert!(section.contains(&format!("| `{}` |", field.name)));
            }
        }
    }
}
