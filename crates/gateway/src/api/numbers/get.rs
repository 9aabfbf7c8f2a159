//! `GET /v1/numbers/{phone_number_id}`

use actix_web::HttpResponse;
use common::ids::PhoneNumberId;
use storage::phone_numbers;

use super::Number;
use crate::auth::Scope;
use crate::extract::PathId;
use crate::problem::Problem;

/// Shows a number
#[utoipa::path(
    get,
    path = "/v1/numbers/{phone_number_id}",
    tag = "numbers",
    params(("phone_number_id" = String, Path)),
    responses((status = 200, description = "The number", body = Number))
)]
pub(crate) async fn get_number(
    Scope(scope): Scope,
    PathId(id): PathId<PhoneNumberId>,
) -> Result<HttpResponse, Problem> {
    let number = phone_numbers::get(&mut scope.begin().await?, &scope, &id).await?;
    Ok(HttpResponse::Ok().json(Number::from(number)))
}
