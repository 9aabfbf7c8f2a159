//! `GET /v1/messages/{message_id}`

use actix_web::HttpResponse;
use common::ids::MessageId;
use storage::messages;

use super::Message;
use crate::auth::Scope;
use crate::extract::PathId;
use crate::problem::Problem;

/// Shows a message and what became of it
#[utoipa::path(
    get,
    path = "/v1/messages/{message_id}",
    tag = "messages",
    params(("message_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The message", body = Message))
)]
pub(crate) async fn get_message(
    Scope(scope): Scope,
    PathId(message_id): PathId<MessageId>,
) -> Result<HttpResponse, Problem> {
    let keys = scope.keys().await?;
    let mut transaction = scope.begin().await?;
    let message = messages::find(&mut transaction, &scope, &keys, message_id).await?;
    Ok(HttpResponse::Ok().json(Message::from(message)))
}
