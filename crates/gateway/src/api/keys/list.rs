//! `GET /v1/businesses/{business_id}/keys`

use actix_web::{HttpResponse, web};
use common::ids::BusinessId;
use storage::api_keys;

use super::Key;
use crate::extract::{List, Page, PageParameters, PathId};
use crate::problem::Problem;
use crate::state::AppState;

/// Lists the keys of a business, including revoked ones
#[utoipa::path(
    get,
    path = "/v1/businesses/{business_id}/keys",
    params(("business_id" = uuid::Uuid, Path), PageParameters),
    responses((status = 200, description = "Keys without their secrets", body = List<Key>))
)]
pub(crate) async fn list_keys(
    state: web::Data<AppState>,
    PathId(business_id): PathId<BusinessId>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    state.store.keys(business_id).await?;
    let rows = api_keys::list(&state.store, business_id, page.after()?, page.rows()).await?;
    Ok(HttpResponse::Ok().json(page.list(rows, |key| key.id, Key::from)))
}
