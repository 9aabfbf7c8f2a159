//! The fields about templates (Meta, webhooks reference): `message_template_status_update`,
//! `message_template_quality_update`, `message_template_components_update`, `template_category_update` and
//! `template_correct_category_detection`.
//!
//! The field says what a value reports. One of Meta's own samples has the field of another report, so a value that is
//! not what its field says is read by its shape.

use chrono::{DateTime, Utc};
use common::ids::TemplateId;
use common::template::{Category, ReportedComponents, StatusReport, TemplateAspect};
use common::wire::{EventKind, ReportedTemplate};

use super::documented::{
    TEMPLATE_CATEGORY, TEMPLATE_COMPONENTS, TEMPLATE_DETECTION, TEMPLATE_QUALITY, TEMPLATE_STATUS,
};
use super::{Above, Translation};
use crate::json::Node;
use crate::time::{occurred_at, time_of};
use crate::unreadable::Part;

/// Meta's value for a reason that it does not give.
const NO_REASON: &str = "NONE";
/// Longer texts of Meta about a status are cut.
const LONGEST_NOTE: usize = 1_000;

type Reader = fn(&Node<'_>) -> Option<TemplateAspect>;

/// Every report, by its field.
const READERS: [(&str, Reader); 5] = [
    (TEMPLATE_STATUS, status),
    (TEMPLATE_QUALITY, quality),
    (TEMPLATE_COMPONENTS, components),
    (TEMPLATE_CATEGORY, category),
    (TEMPLATE_DETECTION, detection),
];

/// Adds the event of one value, in order with the others of its account.
pub(super) fn translate(
    into: &mut Translation<'_>,
    above: &Above<'_>,
    field: &str,
    value: &Node<'_>,
) {
    let reported =
        read(above, field, value, into.received_at).and_then(|reported| above.event(reported));
    match reported {
        Some(event) => into.translated.inbound.push(event),
        None => into.unreadable(Part::Template),
    }
}

/// The report; `None` when it has no template or reports nothing.
fn read(
    above: &Above<'_>,
    field: &str,
    value: &Node<'_>,
    received_at: DateTime<Utc>,
) -> Option<EventKind> {
    let template_id: Option<TemplateId> = value.get("message_template_id").and_then(Node::parsed);
    let name = value.get("message_template_name").and_then(Node::name);
    let language = label(value, "message_template_language");
    if template_id.is_none() && (name.is_none() || language.is_none()) {
        return None;
    }
    let own = READERS.iter().filter(|(of, _)| *of == field);
    let others = READERS.iter().filter(|(of, _)| *of != field);
    let aspect = own.chain(others).find_map(|(_, reader)| reader(value))?;
    Some(EventKind::ReportedTemplate(ReportedTemplate {
        occurred_at: occurred_at(above.time, received_at),
        template_id,
        name: name.unwrap_or_default(),
        language: language.unwrap_or_default(),
        aspect,
    }))
}

fn status(value: &Node<'_>) -> Option<TemplateAspect> {
    Some(TemplateAspect::Status(StatusReport {
        event: label(value, "event")?.to_ascii_uppercase(),
        note: note(value),
        category: read_category(value, "message_template_category"),
    }))
}

/// What Meta says of a status: a value, a text, or both with a colon between them.
fn note(value: &Node<'_>) -> Option<String> {
    let reason = label(value, "reason").filter(|reason| reason != NO_REASON);
    let title = value.at(&["other_info", "title"]).and_then(Node::label);
    let texts = [
        ["rejection_info", "reason"],
        ["rejection_info", "recommendation"],
        ["other_info", "description"],
        ["disable_info", "disable_date"],
    ];
    let texts = texts
        .iter()
        .filter_map(|path| value.at(path).and_then(Node::name));
    let text = texts.collect::<Vec<_>>().join(" ");
    let text = Some(text).filter(|text| !text.is_empty());
    let parts: Vec<String> = reason.or(title).into_iter().chain(text).collect();
    let note: String = parts.join(": ").chars().take(LONGEST_NOTE).collect();
    Some(note).filter(|note| !note.is_empty())
}

fn quality(value: &Node<'_>) -> Option<TemplateAspect> {
    let score = label(value, "new_quality_score")?;
    Some(TemplateAspect::Quality(score.to_ascii_uppercase()))
}

fn components(value: &Node<'_>) -> Option<TemplateAspect> {
    let text = |key| value.get(key).and_then(Node::name);
    Some(TemplateAspect::Components(ReportedComponents {
        header: text("message_template_title"),
        body: text("message_template_element")?,
        footer: text("message_template_footer"),
    }))
}

/// An announcement has the future category in `correct_category` and the present one in `new_category`; a change that is
/// done has the category in `new_category` and the one before in `previous_category`.
fn category(value: &Node<'_>) -> Option<TemplateAspect> {
    if value.get("previous_category").is_none() {
        return detection(value);
    }
    read_category(value, "new_category").map(TemplateAspect::Category)
}

fn detection(value: &Node<'_>) -> Option<TemplateAspect> {
    Some(TemplateAspect::DetectedCategory {
        category: read_category(value, "correct_category")?,
        changes_at: value.get("category_update_timestamp").and_then(time_of),
    })
}

fn read_category(value: &Node<'_>, key: &str) -> Option<Category> {
    label(value, key).map(|label| Category::from_meta(&label.to_ascii_uppercase()))
}

fn label(value: &Node<'_>, key: &str) -> Option<String> {
    value.get(key).and_then(Node::label)
}
