//! `GET /v1/numbers`

use actix_web::HttpResponse;
use storage::phone_numbers;

use super::Number;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters};
use crate::problem::Problem;

/// Lists the numbers of the business
#[utoipa::path(
    get,
    path = "/v1/numbers",
    params(PageParameters),
    responses((status = 200, description = "Numbers", body = List<Number>))
)]
pub(crate) async fn list_numbers(
    Principal { business, .. }: Principal,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let after = page.after()?;
    let mut transaction = business.begin().await?;
    let rows =
        phone_numbers::list(&mut transaction, &business, after.as_ref(), page.rows()).await?;
    Ok(HttpResponse::Ok().json(page.list(
        rows,
        |number| number.phone_number_id.clone(),
        Number::from,
    )))
}
