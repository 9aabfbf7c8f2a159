//! `GET /v1/businesses`

use actix_web::{HttpResponse, web};
use storage::businesses;

use super::Business;
use crate::extract::{List, Page, PageParameters};
use crate::problem::Problem;
use crate::state::AppState;

/// Lists the businesses in order of creation
#[utoipa::path(
    get,
    path = "/v1/businesses",
    params(PageParameters),
    responses((status = 200, description = "Businesses", body = List<Business>))
)]
pub(crate) async fn list_businesses(
    state: web::Data<AppState>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let rows = businesses::list(&state.store, page.after()?, page.rows()).await?;
    Ok(HttpResponse::Ok().json(page.list(rows, |business| business.id, Business::from)))
}
