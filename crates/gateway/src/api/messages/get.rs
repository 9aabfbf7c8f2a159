//! `GET /v1/messages/{message_id}`

use actix_web::HttpResponse;
use common::ids::MessageId;
use storage::messages;

use super::Message;
use super::shown_content::ShownContent;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// Returns a message with its content and state
#[utoipa::path(
    get,
    path = "/v1/messages/{message_id}",
    params(("message_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The message", body = Message))
)]
pub(crate) async fn get_message(
    Principal { business, .. }: Principal,
    PathId(message_id): PathId<MessageId>,
) -> Result<HttpResponse, Problem> {
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    let message = messages::find(&mut transaction, &business, &keys, message_id).await?;
    let content =
        messages::readable_content(&mut transaction, &business, &keys, message_id).await?;
    let shown = Message::from(message).with_content(content.map(ShownContent::from));
    Ok(HttpResponse::Ok().json(shown))
}
