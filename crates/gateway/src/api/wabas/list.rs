//! `GET /v1/wabas`

use actix_web::HttpResponse;
use storage::wabas;

use super::Waba;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters};
use crate::problem::Problem;

/// Lists the accounts that the business has connected
#[utoipa::path(
    get,
    path = "/v1/wabas",
    params(PageParameters),
    responses((status = 200, description = "Accounts", body = List<Waba>))
)]
pub(crate) async fn list_wabas(
    Principal { business, .. }: Principal,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let after = page.after()?;
    let rows = wabas::list(
        &mut business.begin().await?,
        &business,
        after.as_ref(),
        page.rows(),
    )
    .await?;
    Ok(HttpResponse::Ok().json(page.list(rows, |waba| waba.waba_id.clone(), Waba::from)))
}
