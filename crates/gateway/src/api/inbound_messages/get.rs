//! `GET /v1/inbound-messages/{inbound_message_id}`

use actix_web::HttpResponse;
use common::ids::InboundId;
use storage::inbound_messages;

use super::InboundMessage;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// Returns a message of a customer
#[utoipa::path(
    get,
    path = "/v1/inbound-messages/{inbound_message_id}",
    params(("inbound_message_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The message", body = InboundMessage))
)]
pub(crate) async fn get_inbound_message(
    Principal { business, .. }: Principal,
    PathId(id): PathId<InboundId>,
) -> Result<HttpResponse, Problem> {
    let keys = business.keys().await?;
    let message = inbound_messages::get(&mut business.begin().await?, &business, &keys, id).await?;
    Ok(HttpResponse::Ok().json(InboundMessage::from(message)))
}
