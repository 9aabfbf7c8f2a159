//! `GET /v1/numbers/{phone_number_id}`

use actix_web::HttpResponse;
use common::ids::PhoneNumberId;
use storage::phone_numbers;

use super::Number;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// Returns a number
#[utoipa::path(
    get,
    path = "/v1/numbers/{phone_number_id}",
    params(("phone_number_id" = String, Path)),
    responses((status = 200, description = "The number", body = Number))
)]
pub(crate) async fn get_number(
    Principal { business, .. }: Principal,
    PathId(id): PathId<PhoneNumberId>,
) -> Result<HttpResponse, Problem> {
    let number = phone_numbers::get(&mut business.begin().await?, &business, &id).await?;
    Ok(HttpResponse::Ok().json(Number::from(number)))
}
