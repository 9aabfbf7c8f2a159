//! Events about publications: what was asked of Meta for a template.

use serde::Serialize;

use super::{EventType, Field, FieldValue};
use crate::ids::{PublicationId, TemplateId, WabaId};
use crate::template::{
    Category, PublicationAction, PublicationRefusal, PublicationWait, TemplateStatus,
};

/// What came of a publication, or why it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicationEvent {
    /// The publication.
    pub publication_id: PublicationId,
    /// The account.
    pub waba_id: WabaId,
    /// What was asked for.
    pub action: PublicationAction,
    /// The template's name.
    pub name: String,
    /// The template's language; `None` for a deletion of all languages.
    pub language: Option<String>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: PublicationOutcome,
}

/// What came of a publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PublicationOutcome {
    /// Meta accepted it.
    Accepted(AcceptedTemplate),
    /// It was refused for good.
    Refused {
        /// Why.
        reason: PublicationRefusal,
        /// Meta's code.
        error_code: Option<i32>,
    },
    /// It waits and is tried again by itself.
    Waiting {
        /// Why.
        reason: PublicationWait,
    },
}

/// The template of an accepted publication, as Meta has it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedTemplate {
    /// Meta's id; `None` after a deletion of all languages.
    pub template_id: Option<TemplateId>,
    /// The status of Meta's answer; `None` when Meta gave none.
    pub status: Option<TemplateStatus>,
    /// The category that Meta took it for; `None` when Meta gave none.
    pub category: Option<Category>,
}

impl PublicationEvent {
    /// The type that reports it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self.outcome {
            PublicationOutcome::Accepted(_) => EventType::TemplatePublicationAccepted,
            PublicationOutcome::Refused { .. } => EventType::TemplatePublicationRefused,
            PublicationOutcome::Waiting { .. } => EventType::TemplatePublicationWaiting,
        }
    }
}

pub(super) fn accepted_fields() -> Vec<Field> {
    let text = |name, meaning| Field::new(name, FieldValue::Text, meaning).nullable();
    with(vec![
        Field::new(
            "template_id",
            FieldValue::MetaId,
            "Meta's id of the template; null after a deletion of all languages.",
        )
        .nullable(),
        text(
            "status",
            "The status of Meta's answer, mostly `PENDING`; null when Meta gave none, as for a deletion. The review follows \
             as `template.status_changed`.",
        ),
        text(
            "category",
            "The category that Meta took it for, which may be another than was asked for; null when Meta gave none.",
        ),
    ])
}

pub(super) fn refused_fields() -> Vec<Field> {
    let reasons = PublicationRefusal::ALL.map(PublicationRefusal::as_str);
    with(vec![
        Field::new(
            "reason",
            FieldValue::OneOf(reasons.to_vec()),
            "Why: Meta refused it, Meta has another template under this name and language, the template is no longer at \
             Meta, or a sample file is no longer stored. The publication has the explanation.",
        ),
        Field::new(
            "error_code",
            FieldValue::Integer,
            "Meta's error code; null when it was not Meta's refusal.",
        )
        .nullable(),
    ])
}

pub(super) fn waiting_fields() -> Vec<Field> {
    let reasons = PublicationWait::ALL.map(PublicationWait::as_str);
    with(vec![Field::new(
        "reason",
        FieldValue::OneOf(reasons.to_vec()),
        "Why: a limit of Meta, the access token, or no clear answer of Meta. The publication has the explanation and the \
         time of the next attempt.",
    )])
}

fn with(own: Vec<Field>) -> Vec<Field> {
    let actions = PublicationAction::ALL.map(PublicationAction::as_str);
    let mut fields = vec![
        Field::new("publication_id", FieldValue::Uuid, "The publication."),
        Field::new("waba_id", FieldValue::MetaId, "The account."),
        Field::new(
            "action",
            FieldValue::OneOf(actions.to_vec()),
            "What was asked for.",
        ),
        Field::new("name", FieldValue::Text, "The template's name."),
        Field::new(
            "language",
            FieldValue::Text,
            "The template's language; null for a deletion of all languages.",
        )
        .nullable(),
    ];
    fields.extend(own);
    fields
}
