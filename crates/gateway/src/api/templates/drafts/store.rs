//! What all calls that save drafts have in common: one draft for a name and language of an account, and the event.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use common::feed::{FeedEvent, SavedDraft, TemplateDraftEvent};
use common::ids::{DraftId, TemplateId, WabaId};
use storage::events::{self, FeedEntry};
use storage::template_drafts::{self, NAME_INDEX, Text};
use storage::{BusinessScope, ScopedTransaction, StorageError};

use super::Draft;
use crate::api::templates::author::Authors;
use crate::api::templates::definition::Definition;
use crate::auth::Principal;
use crate::extract::IdempotencyGuard;
use crate::problem::{Problem, ProblemCode};

/// A draft to create.
pub(in crate::api::templates) struct NewDraft<'a> {
    pub(in crate::api::templates) waba_id: &'a WabaId,
    /// The template at Meta that it edits.
    pub(in crate::api::templates) template_id: Option<&'a TemplateId>,
    pub(in crate::api::templates) definition: Definition,
}

/// Stores a draft with its first version, and responds with it.
pub(super) async fn create(
    principal: &Principal,
    (once, mut transaction): (&IdempotencyGuard, ScopedTransaction),
    new: NewDraft<'_>,
    (authors, now): (&Authors, DateTime<Utc>),
) -> Result<HttpResponse, Problem> {
    let draft = insert(principal, &mut transaction, new, now).await?;
    let shown = Draft::new(draft, authors);
    let recorded = once
        .commit(transaction, StatusCode::CREATED, &shown, now)
        .await?;
    Ok(recorded.respond())
}

/// Stores a draft with its first version and its event.
pub(in crate::api::templates) async fn insert(
    Principal {
        actor, business, ..
    }: &Principal,
    transaction: &mut ScopedTransaction,
    new: NewDraft<'_>,
    now: DateTime<Utc>,
) -> Result<template_drafts::Draft, Problem> {
    let NewDraft {
        waba_id,
        template_id,
        definition,
    } = new;
    let name = (definition.name.as_str(), definition.language.as_str());
    check_name(transaction, business, waba_id, name).await?;
    let id = DraftId::new(now);
    let text = Text {
        name: name.0,
        language: name.1,
        definition: &definition.value,
        author: actor.key_id(),
        at: now,
    };
    let ids = (id, waba_id, template_id);
    let stored = template_drafts::insert(transaction, business, ids, text).await;
    stored.map_err(name_taken)?;
    let draft = template_drafts::find(transaction, business, id).await?;
    record_saved(transaction, business, &draft).await?;
    Ok(draft)
}

/// Refuses a name and language that another draft of the account has.
pub(super) async fn check_name(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
    name: (&str, &str),
) -> Result<(), Problem> {
    let other = template_drafts::find_by_name(transaction, scope, waba_id, name).await?;
    match other {
        None => Ok(()),
        Some(other) => Err(exists(&format!(", the draft {}", other.id))),
    }
}

/// The problem of a name and language that another call took in the meantime.
pub(super) fn name_taken(error: StorageError) -> Problem {
    match error {
        StorageError::Duplicate { constraint } if constraint == NAME_INDEX => exists(""),
        error => error.into(),
    }
}

fn exists(which: &str) -> Problem {
    Problem::new(ProblemCode::DraftExists).detail(format!(
        "The account has a draft of that name and language{which}. Nothing was saved. Save a new version of that draft \
         with PUT, or use another name or language."
    ))
}

/// Appends the event of the newest version. It locks the feed's counter: call it as the last writing step.
pub(super) async fn record_saved(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    draft: &template_drafts::Draft,
) -> Result<(), StorageError> {
    let event = TemplateDraftEvent::Saved(SavedDraft {
        draft_id: draft.id,
        version: draft.newest.number,
        waba_id: draft.waba_id.clone(),
        name: draft.name.clone(),
        language: draft.language.clone(),
        template_id: draft.template_id.clone(),
    });
    append(transaction, scope, event, draft.newest.created_at).await
}

/// Appends an event of a draft.
pub(super) async fn append(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    event: TemplateDraftEvent,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let entry = FeedEntry {
        business_id: scope.business_id(),
        event: FeedEvent::TemplateDraft(event),
        occurred_at: now,
    };
    events::append(transaction, scope, now, &[entry]).await
}
