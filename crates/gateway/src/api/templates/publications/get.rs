//! `GET /v1/templates/publications/{publication_id}`

use actix_web::HttpResponse;
use common::ids::PublicationId;
use storage::template_publications;

use super::Publication;
use crate::api::templates::author::Authors;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// Returns a publication
#[utoipa::path(
    get,
    path = "/v1/templates/publications/{publication_id}",
    params(("publication_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The publication", body = Publication))
)]
pub(crate) async fn get_publication(
    Principal { business, .. }: Principal,
    PathId(publication_id): PathId<PublicationId>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    let found = template_publications::find(&mut transaction, &business, publication_id).await?;
    drop(transaction);
    let authors = Authors::read(&business, [found.requested_by]).await?;
    Ok(HttpResponse::Ok().json(Publication::new(found, &authors)))
}
