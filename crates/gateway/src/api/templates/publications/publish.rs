//! `POST /v1/templates/drafts/{draft_id}/publish`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use common::ids::{DraftId, TemplateId};
use common::template::{PublicationAction, TemplateStatus};
use storage::template_drafts::{self, Draft};
use storage::{BusinessScope, ScopedTransaction, StorageError, templates};

use super::Publication;
use super::check::check;
use super::request::Request;
use crate::api::templates::author::Authors;
use crate::auth::Principal;
use crate::extract::{Fingerprint, IdempotencyGuard, IdempotencyKey, PathId};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Publishes the newest version of a draft
///
/// A draft without a template at Meta creates one, another one edits its template. The version has to keep the rules of
/// Meta: the answer is 422 with every fault if it does not. This runs in the background: see the publication's `state`,
/// then the template's `status`, since Meta reviews it.
#[utoipa::path(
    post,
    path = "/v1/templates/drafts/{draft_id}/publish",
    params(("draft_id" = uuid::Uuid, Path), IdempotencyKey),
    responses((status = 202, description = "The publication waits for its turn", body = Publication))
)]
pub(crate) async fn publish_draft(
    state: web::Data<AppState>,
    Principal {
        actor, business, ..
    }: Principal,
    request: HttpRequest,
    PathId(draft_id): PathId<DraftId>,
    key: IdempotencyKey,
) -> Result<HttpResponse, Problem> {
    let fingerprint = Fingerprint::of(&request, &[]);
    let once = IdempotencyGuard::of_business(&business, &key, fingerprint).await?;
    let mut transaction = business.begin().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Ok(earlier.respond());
    }
    let checked = template_drafts::find(&mut transaction, &business, draft_id).await?;
    drop(transaction);
    check(&state, &business, &checked.newest.definition).await?;
    let authors = Authors::read(&business, [actor.key_id()]).await?;
    let now = state.now();
    let mut transaction = business.begin().await?;
    let draft = template_drafts::lock(&mut transaction, &business, draft_id).await?;
    check_unchanged(&checked, &draft)?;
    let request = request_of(&mut transaction, &business, draft).await?;
    let by = (actor.key_id(), now);
    let publication = request.store(&mut transaction, &business, by).await?;
    let shown = Publication::new(publication, &authors);
    let recorded = once
        .commit(transaction, StatusCode::ACCEPTED, &shown, now)
        .await?;
    Ok(recorded.respond())
}

/// Refuses to publish a version that was saved while the one before it was checked.
fn check_unchanged(checked: &Draft, locked: &Draft) -> Result<(), Problem> {
    let current = locked.newest.number;
    if current == checked.newest.number {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::VersionConflict)
        .current_version(current)
        .detail(
            "A new version of the draft was saved during the call. Nothing was asked of Meta. Publish the draft again.",
        ))
}

async fn request_of(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    draft: Draft,
) -> Result<Request, Problem> {
    let template_id = template_to_edit(transaction, scope, &draft).await?;
    if template_id.is_none() {
        check_new(transaction, scope, &draft).await?;
    }
    Ok(Request {
        action: match template_id {
            Some(_) => PublicationAction::Edit,
            None => PublicationAction::Create,
        },
        source: Some((draft.id, draft.newest.number)),
        waba_id: draft.waba_id,
        template_id,
        name: draft.name,
        language: Some(draft.language),
    })
}

/// The template that the draft edits; `None` when it has none, or the template was deleted at Meta.
async fn template_to_edit(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    draft: &Draft,
) -> Result<Option<TemplateId>, StorageError> {
    let Some(template_id) = &draft.template_id else {
        return Ok(None);
    };
    match templates::find(transaction, scope, template_id).await {
        Ok(template) if template.status == TemplateStatus::Deleted => Ok(None),
        // A template that was created a moment ago may not be synchronised yet.
        Ok(_) | Err(StorageError::NotFound) => Ok(Some(template_id.clone())),
        Err(error) => Err(error),
    }
}

/// Refuses to create a template that Meta has.
async fn check_new(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    draft: &Draft,
) -> Result<(), Problem> {
    let (name, language) = (&draft.name, &draft.language);
    let found = templates::find_by_name(transaction, scope, &draft.waba_id, name, language).await;
    match found {
        Err(StorageError::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(template) => Err(
            Problem::new(ProblemCode::TemplateExists).detail(format!(
                "The template {} of the account has that name and language. Nothing was asked of Meta, and the draft is \
                 kept. Edit that template with POST /v1/templates/{{template_id}}/draft after discarding this draft, or \
                 duplicate this draft under another name.",
                template.template_id
            )),
        ),
    }
}
