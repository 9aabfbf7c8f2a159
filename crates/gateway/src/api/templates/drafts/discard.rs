//! `DELETE /v1/templates/drafts/{draft_id}`

use actix_web::{HttpResponse, web};
use common::feed::TemplateDraftEvent;
use common::ids::DraftId;
use common::template::PublicationState;
use storage::template_drafts;
use storage::template_publications::{self, PublicationFilter};
use storage::{BusinessScope, ScopedTransaction};

use super::store;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Discards a draft
///
/// Its name and language are free for another draft. A template that was published from it stays at Meta: see
/// `DELETE /v1/templates/{template_id}`. Discarding it again changes nothing.
#[utoipa::path(
    delete,
    path = "/v1/templates/drafts/{draft_id}",
    params(("draft_id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Discarded"))
)]
pub(crate) async fn discard_draft(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    PathId(draft_id): PathId<DraftId>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    let Some(draft) = template_drafts::lock_kept(&mut transaction, &business, draft_id).await?
    else {
        return Ok(HttpResponse::NoContent().finish());
    };
    check_not_waiting(&mut transaction, &business, draft_id).await?;
    let now = state.now();
    template_drafts::discard(&mut transaction, &business, draft_id, now).await?;
    let event = TemplateDraftEvent::Discarded {
        draft_id,
        waba_id: draft.waba_id,
        name: draft.name,
        language: draft.language,
    };
    store::append(&mut transaction, &business, event, now).await?;
    transaction.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn check_not_waiting(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    draft_id: DraftId,
) -> Result<(), Problem> {
    let filter = PublicationFilter {
        draft_id: Some(draft_id),
        state: Some(PublicationState::Waiting),
        ..PublicationFilter::default()
    };
    let waiting = template_publications::list(transaction, scope, &filter, 1).await?;
    match waiting.first() {
        None => Ok(()),
        Some(waiting) => Err(
            Problem::new(ProblemCode::PublicationWaiting).detail(format!(
                "The publication {} of the draft is waiting. The draft is kept. Cancel the publication or wait for its \
                 end, then discard the draft.",
                waiting.id
            )),
        ),
    }
}
