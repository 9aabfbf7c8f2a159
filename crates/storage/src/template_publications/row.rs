//! A publication as the database has it.

use chrono::{DateTime, Utc};
use common::ids::{ApiKeyId, DraftId, PublicationId};
use common::template::{PublicationAction, PublicationState};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use database::StorageError;
use database::schema::template_publications as publications;

use super::Publication;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = publications, check_for_backend(diesel::pg::Pg))]
pub(super) struct Row {
    publication_id: Uuid,
    waba_id: String,
    draft_id: Option<Uuid>,
    version: Option<i32>,
    template_id: Option<String>,
    name: String,
    language: Option<String>,
    action: i16,
    state: i16,
    attempt: i16,
    due_at: Option<DateTime<Utc>>,
    explanation: Option<Value>,
    meta_answer: Option<Value>,
    requested_key_id: Uuid,
    requested_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<&Publication> for Row {
    type Error = StorageError;

    fn try_from(publication: &Publication) -> Result<Self, StorageError> {
        let explanation = publication.explanation.as_ref().map(serde_json::to_value);
        let refused = |error| StorageError::Refused(Box::new(error));
        Ok(Self {
            publication_id: publication.id.as_uuid(),
            waba_id: publication.waba_id.to_string(),
            draft_id: publication.source.map(|(id, _)| id.as_uuid()),
            version: publication.source.map(|(_, version)| version),
            template_id: publication.template_id.as_ref().map(ToString::to_string),
            name: publication.name.clone(),
            language: publication.language.clone(),
            action: publication.action.code(),
            state: publication.state.code(),
            attempt: publication.attempt,
            due_at: publication.due_at,
            explanation: explanation.transpose().map_err(refused)?,
            meta_answer: publication.meta_answer.clone(),
            requested_key_id: publication.requested_by.as_uuid(),
            requested_at: publication.requested_at,
            ended_at: publication.ended_at,
        })
    }
}

impl TryFrom<Row> for Publication {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let corrupt = |column| StorageError::Corrupt { column };
        let template_id = row.template_id.map(|id| id.parse()).transpose();
        let explanation = row.explanation.map(serde_json::from_value).transpose();
        Ok(Self {
            id: PublicationId::from_uuid(row.publication_id),
            waba_id: row
                .waba_id
                .parse()
                .map_err(|_| corrupt("template_publications.waba_id"))?,
            source: row.draft_id.map(DraftId::from_uuid).zip(row.version),
            template_id: template_id.map_err(|_| corrupt("template_publications.template_id"))?,
            name: row.name,
            language: row.language,
            action: PublicationAction::from_code(row.action)
                .ok_or(corrupt("template_publications.action"))?,
            state: PublicationState::from_code(row.state)
                .ok_or(corrupt("template_publications.state"))?,
            attempt: row.attempt,
            due_at: row.due_at,
            explanation: explanation.map_err(|_| corrupt("template_publications.explanation"))?,
            meta_answer: row.meta_answer,
            requested_by: ApiKeyId::from_uuid(row.requested_key_id),
            requested_at: row.requested_at,
            ended_at: row.ended_at,
        })
    }
}
