//! Events about drafts of templates.

use serde::Serialize;

use super::{EventType, Field, FieldValue};
use crate::ids::{DraftId, TemplateId, WabaId};

/// What happened to a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum TemplateDraftEvent {
    /// A version of it was saved, the first one included.
    Saved(SavedDraft),
    /// It was discarded.
    Discarded {
        /// The draft.
        draft_id: DraftId,
        /// Its account.
        waba_id: WabaId,
        /// Its name.
        name: String,
        /// Its language.
        language: String,
    },
}

/// A saved version of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SavedDraft {
    /// The draft.
    pub draft_id: DraftId,
    /// The number of the version.
    pub version: i32,
    /// Its account.
    pub waba_id: WabaId,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// The template at Meta that it edits; absent when it is a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_id: Option<TemplateId>,
}

impl TemplateDraftEvent {
    /// The type that reports it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Saved(_) => EventType::TemplateDraftSaved,
            Self::Discarded { .. } => EventType::TemplateDraftDiscarded,
        }
    }
}

pub(super) fn saved_fields() -> Vec<Field> {
    let mut fields = discarded_fields();
    fields.push(Field::new(
        "version",
        FieldValue::Integer,
        "The number of the version, from 1.",
    ));
    let template_id = Field::new(
        "template_id",
        FieldValue::MetaId,
        "Meta's id of the template that the draft edits; absent when the draft is a new template.",
    );
    fields.push(template_id.optional());
    fields
}

pub(super) fn discarded_fields() -> Vec<Field> {
    vec![
        Field::new("draft_id", FieldValue::Uuid, "The draft."),
        Field::new("waba_id", FieldValue::MetaId, "Its account."),
        Field::new("name", FieldValue::Text, "Its name."),
        Field::new("language", FieldValue::Text, "Its language."),
    ]
}
