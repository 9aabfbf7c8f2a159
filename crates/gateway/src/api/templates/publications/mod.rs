//! Publications: what is asked of Meta for templates. template-sync carries them out, one after the other for each
//! account.

pub(super) mod cancel;
mod check;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod publish;
pub(super) mod request;

use chrono::{DateTime, Utc};
use common::ids::{DraftId, PublicationId, TemplateId, WabaId};
use serde::Serialize;
use serde_json::Value;
use storage::template_publications;
use utoipa::ToSchema;

use super::author::{Author, Authors};
use crate::api::explanation::Explanation;

/// What was asked of Meta for a template, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplatePublication)]
pub(crate) struct Publication {
    #[schema(value_type = uuid::Uuid)]
    id: PublicationId,
    #[schema(value_type = String, example = "102289599326934")]
    waba_id: WabaId,
    /// The draft that is published; null for a deletion.
    #[schema(value_type = Option<uuid::Uuid>)]
    draft_id: Option<DraftId>,
    /// The version of the draft that is published; null for a deletion.
    version: Option<i32>,
    /// Meta's id of the template; null until a new template has one, and for a deletion by name.
    #[schema(value_type = Option<String>, example = "1407680676729941")]
    template_id: Option<TemplateId>,
    #[schema(example = "commande_prete")]
    name: String,
    /// Meta's language code; null for a deletion of all languages.
    #[schema(example = "fr")]
    language: Option<String>,
    /// `create`, `edit` or `delete`.
    #[schema(example = "create")]
    action: &'static str,
    /// `waiting`, `accepted`, `refused` or `cancelled`. After `accepted` Meta reviews the template: see its status.
    #[schema(example = "waiting")]
    state: &'static str,
    /// How often it was tried.
    attempts: i16,
    /// When it is tried, or tried again; null once it has ended.
    next_attempt_at: Option<DateTime<Utc>>,
    /// Why it waits or was refused, and what to do; null when there is nothing to say.
    explanation: Option<Explanation>,
    /// What Meta answered: the template's status and category, or its error; null before it answered.
    #[schema(value_type = Option<Object>)]
    meta_answer: Option<Value>,
    /// Who asked for it.
    requested_by: Author,
    requested_at: DateTime<Utc>,
    /// When it was accepted, refused or cancelled; null while it waits.
    ended_at: Option<DateTime<Utc>>,
}

impl Publication {
    pub(super) fn new(publication: template_publications::Publication, authors: &Authors) -> Self {
        Self {
            id: publication.id,
            waba_id: publication.waba_id,
            draft_id: publication.source.map(|(draft_id, _)| draft_id),
            version: publication.source.map(|(_, version)| version),
            template_id: publication.template_id,
            name: publication.name,
            language: publication.language,
            action: publication.action.as_str(),
            state: publication.state.as_str(),
            attempts: publication.attempt,
            next_attempt_at: publication.due_at,
            explanation: publication.explanation.map(Explanation::from),
            meta_answer: publication.meta_answer,
            requested_by: authors.show(publication.requested_by),
            requested_at: publication.requested_at,
            ended_at: publication.ended_at,
        }
    }
}
