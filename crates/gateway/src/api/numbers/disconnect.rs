//! `DELETE /v1/numbers/{phone_number_id}`

use actix_web::{HttpResponse, web};
use common::ids::PhoneNumberId;
use storage::disconnection::disconnect;

use super::Number;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;
use crate::state::AppState;

/// Disconnects a number
///
/// The number sends no further messages: waiting ones are held until the number is connected again, or expire. With the
/// last number of its account the token is destroyed, and another business may connect both. Statuses of sent messages
/// are still received; messages of customers to the number then go to the business that connects it next. Disconnecting
/// it again changes nothing.
#[utoipa::path(
    delete,
    path = "/v1/numbers/{phone_number_id}",
    params(("phone_number_id" = String, Path)),
    responses((status = 200, description = "The number", body = Number))
)]
pub(crate) async fn disconnect_number(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    PathId(phone_number_id): PathId<PhoneNumberId>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    let number = disconnect(&mut transaction, &business, &phone_number_id, state.now()).await?;
    transaction.commit().await?;
    tracing::info!(business.id = %business.business_id(), %phone_number_id, "a number was disconnected");
    Ok(HttpResponse::Ok().json(Number::from(number)))
}
