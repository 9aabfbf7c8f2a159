//! `GET /v1/inbound-messages/{inbound_message_id}`

use actix_web::HttpResponse;
use common::ids::InboundId;
use storage::inbound_messages;

use super::InboundMessage;
use crate::auth::Scope;
use crate::extract::PathId;
use crate::problem::Problem;

/// Shows a message of a client
#[utoipa::path(
    get,
    path = "/v1/inbound-messages/{inbound_message_id}",
    tag = "events",
    params(("inbound_message_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The message", body = InboundMessage))
)]
pub(crate) async fn get_inbound_message(
    Scope(scope): Scope,
    PathId(id): PathId<InboundId>,
) -> Result<HttpResponse, Problem> {
    let keys = scope.keys().await?;
    let message = inbound_messages::get(&mut scope.begin().await?, &scope, &keys, id).await?;
    Ok(HttpResponse::Ok().json(InboundMessage::from(message)))
}
