//! `GET /v1/templates/drafts/{draft_id}`

use actix_web::HttpResponse;
use common::ids::DraftId;
use storage::template_drafts;

use super::Draft;
use crate::api::templates::author::Authors;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// Returns a draft with its newest version
#[utoipa::path(
    get,
    path = "/v1/templates/drafts/{draft_id}",
    params(("draft_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The draft", body = Draft))
)]
pub(crate) async fn get_draft(
    Principal { business, .. }: Principal,
    PathId(draft_id): PathId<DraftId>,
) -> Result<HttpResponse, Problem> {
    let draft = template_drafts::find(&mut business.begin().await?, &business, draft_id).await?;
    let authors = Authors::read(&business, [draft.newest.author]).await?;
    Ok(HttpResponse::Ok().json(Draft::new(draft, &authors)))
}
