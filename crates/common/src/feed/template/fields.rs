//! The data fields of the events about templates.

use crate::feed::{Field, FieldValue};

pub(in crate::feed) fn status_changed_fields() -> Vec<Field> {
    let mut fields = vec![
        template_id(),
        text(
            "status",
            "Its status now: `APPROVED`, `PENDING`, `REJECTED`, `PAUSED`, `DISABLED`, `DELETED` or another value of Meta. \
             When the refusal of a message shows it, the account, name, language, category and previous status are \
             absent.",
        ),
        text(
            "note",
            "What Meta said of it, such as `FIRST_PAUSE` or why it rejected the template; null when it said nothing.",
        )
        .nullable(),
        Field::new(
            "until",
            FieldValue::Time,
            "Until when the status holds; null when Meta does not say so.",
        )
        .nullable(),
        explanation(),
    ];
    let mut reported = names();
    reported.push(text("previous_status", "Its status before."));
    reported.push(category());
    fields.extend(reported.into_iter().map(Field::optional));
    fields
}

pub(in crate::feed) fn category_changed_fields() -> Vec<Field> {
    of_template(vec![
        category(),
        text("previous_category", "Its category before."),
        explanation(),
    ])
}

pub(in crate::feed) fn category_detected_fields() -> Vec<Field> {
    of_template(vec![
        category(),
        text(
            "detected_category",
            "The category that Meta finds correct. The template keeps its own until `template.category_changed`.",
        ),
        Field::new(
            "changes_at",
            FieldValue::Time,
            "When Meta changes the category; null when it did not say so.",
        )
        .nullable(),
        explanation(),
    ])
}

pub(in crate::feed) fn quality_changed_fields() -> Vec<Field> {
    of_template(vec![
        text(
            "quality",
            "Meta's rating now: `GREEN`, `YELLOW`, `RED`, `UNKNOWN` or another value of Meta.",
        ),
        text(
            "previous_quality",
            "The rating before; null when there was none.",
        )
        .nullable(),
        explanation(),
    ])
}

pub(in crate::feed) fn components_changed_fields() -> Vec<Field> {
    of_template(Vec::new())
}

fn of_template(own: Vec<Field>) -> Vec<Field> {
    let mut fields = vec![template_id()];
    fields.extend(names());
    fields.extend(own);
    fields
}

const fn template_id() -> Field {
    Field::new(
        "template_id",
        FieldValue::MetaId,
        "Meta's id of the template.",
    )
}

fn names() -> Vec<Field> {
    vec![
        Field::new("waba_id", FieldValue::MetaId, "Its account."),
        text("name", "Its name."),
        text("language", "Its language."),
    ]
}

const fn category() -> Field {
    text(
        "category",
        "Its category now: `AUTHENTICATION`, `UTILITY`, `MARKETING` or another value of Meta.",
    )
}

const fn explanation() -> Field {
    Field::new(
        "explanation",
        FieldValue::Explanation,
        "What it means and what to do, for a person: `en` in English, `fr` in French.",
    )
}

const fn text(name: &'static str, meaning: &'static str) -> Field {
    Field::new(name, FieldValue::Text, meaning)
}
