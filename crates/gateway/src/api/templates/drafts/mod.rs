//! Drafts: templates that a business writes, in versions.

pub(super) mod create;
pub(super) mod diff;
pub(super) mod discard;
pub(super) mod duplicate;
pub(super) mod edit;
pub(super) mod get;
pub(super) mod list;
pub(super) mod save;
pub(super) mod store;
pub(super) mod versions;

use chrono::{DateTime, Utc};
use common::ids::{DraftId, TemplateId, WabaId};
use serde::Serialize;
use serde_json::Value;
use storage::template_drafts;
use utoipa::ToSchema;

use super::author::{Author, Authors};
use super::definition::shown_schema;
use super::validity::Validity;

/// A template that the business writes, as its newest version says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateDraft)]
pub(crate) struct Draft {
    #[schema(value_type = uuid::Uuid)]
    id: DraftId,
    #[schema(value_type = String, example = "102289599326934")]
    waba_id: WabaId,
    #[schema(example = "commande_prete")]
    name: String,
    /// Meta's language code.
    #[schema(example = "fr")]
    language: String,
    /// The number of the newest version, from 1.
    #[schema(example = 3)]
    version: i32,
    /// Meta's id of the template that was published from the draft, or that it was made to edit; null when it is a new
    /// template.
    #[schema(value_type = Option<String>, example = "1407680676729941")]
    template_id: Option<TemplateId>,
    #[schema(schema_with = shown_schema)]
    template: Value,
    #[serde(flatten)]
    validity: Validity,
    /// Who saved the newest version.
    author: Author,
    created_at: DateTime<Utc>,
    /// When the newest version was saved.
    updated_at: DateTime<Utc>,
}

impl Draft {
    fn new(draft: template_drafts::Draft, authors: &Authors) -> Self {
        let newest = draft.newest;
        Self {
            id: draft.id,
            waba_id: draft.waba_id,
            name: draft.name,
            language: draft.language,
            version: newest.number,
            template_id: draft.template_id,
            validity: Validity::of(&newest.definition),
            template: newest.definition,
            author: authors.show(newest.author),
            created_at: draft.created_at,
            updated_at: newest.created_at,
        }
    }
}
