//! `GET /v1/wabas`

use actix_web::HttpResponse;
use storage::wabas;

use super::Waba;
use crate::auth::Scope;
use crate::extract::{List, Page, PageParameters};
use crate::problem::Problem;

/// Lists the accounts that the business has connected
#[utoipa::path(
    get,
    path = "/v1/wabas",
    tag = "numbers",
    params(PageParameters),
    responses((status = 200, description = "Accounts", body = List<Waba>))
)]
pub(crate) async fn list_wabas(Scope(scope): Scope, page: Page) -> Result<HttpResponse, Problem> {
    let after = page.after()?;
    let rows = wabas::list(
        &mut scope.begin().await?,
        &scope,
        after.as_ref(),
        page.rows(),
    )
    .await?;
    Ok(HttpResponse::Ok().json(page.list(rows, |waba| waba.waba_id.clone(), Waba::from)))
}
