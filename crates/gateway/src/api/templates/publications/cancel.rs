//! `POST /v1/templates/publications/{publication_id}/cancel`

use actix_web::{HttpResponse, web};
use common::ids::PublicationId;
use common::template::PublicationState;
use storage::template_publications;

use super::Publication;
use crate::api::templates::author::Authors;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Cancels a publication that waits
///
/// An attempt that has begun is not interrupted: if Meta accepts it, the publication is accepted nevertheless.
/// Cancelling it again changes nothing.
#[utoipa::path(
    post,
    path = "/v1/templates/publications/{publication_id}/cancel",
    params(("publication_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The publication", body = Publication))
)]
pub(crate) async fn cancel_publication(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    PathId(publication_id): PathId<PublicationId>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    let now = state.now();
    template_publications::cancel(&mut transaction, &business, publication_id, now).await?;
    let found = template_publications::find(&mut transaction, &business, publication_id).await?;
    if found.state != PublicationState::Cancelled {
        return Err(Problem::new(ProblemCode::WrongState).detail(
            "The publication has ended: Meta accepted or refused it. Nothing was changed. To take back an accepted \
             template, edit or delete it.",
        ));
    }
    transaction.commit().await?;
    let authors = Authors::read(&business, [found.requested_by]).await?;
    Ok(HttpResponse::Ok().json(Publication::new(found, &authors)))
}
