//! `GET /v1/numbers`

use actix_web::HttpResponse;
use storage::phone_numbers;

use super::Number;
use crate::auth::Scope;
use crate::extract::{List, Page, PageParameters};
use crate::problem::Problem;

/// Lists the numbers of the business
#[utoipa::path(
    get,
    path = "/v1/numbers",
    tag = "numbers",
    params(PageParameters),
    responses((status = 200, description = "Numbers", body = List<Number>))
)]
pub(crate) async fn list_numbers(Scope(scope): Scope, page: Page) -> Result<HttpResponse, Problem> {
    let after = page.after()?;
    let mut transaction = scope.begin().await?;
    let rows = phone_numbers::list(&mut transaction, &scope, after.as_ref(), page.rows()).await?;
    Ok(HttpResponse::Ok().json(page.list(
        rows,
        |number| number.phone_number_id.clone(),
        Number::from,
    )))
}
