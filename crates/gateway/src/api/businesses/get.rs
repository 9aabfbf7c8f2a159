//! `GET /v1/businesses/{business_id}`

use actix_web::{HttpResponse, web};
use common::ids::BusinessId;
use storage::businesses;

use super::Business;
use crate::extract::PathId;
use crate::problem::Problem;
use crate::state::AppState;

/// Returns a business
#[utoipa::path(
    get,
    path = "/v1/businesses/{business_id}",
    params(("business_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The business", body = Business))
)]
pub(crate) async fn get_business(
    state: web::Data<AppState>,
    PathId(business_id): PathId<BusinessId>,
) -> Result<HttpResponse, Problem> {
    let scope = state.store.business(business_id);
    let business = businesses::get(&mut scope.begin().await?, &scope).await?;
    Ok(HttpResponse::Ok().json(Business::from(business)))
}
