//! `POST /v1/messages`

use actix_web::{HttpResponse, web};

use super::accepted::{AcceptedMessage, IdempotentCall};
use super::reply_context::resolve;
use super::request::{MessageToSend, check};
use crate::auth::Principal;
use crate::extract::{IdempotencyKey, JsonBody, Trace};
use crate::problem::Problem;
use crate::state::AppState;

/// Accepts a message for sending
///
/// A template may be sent to any customer. All other content (text, a location, buttons, files) needs an open customer
/// service window, which is 24 hours from the customer's last message to the number; otherwise the problem is
/// `window_closed`.
///
/// 202 means that the message is stored and will be sent, or that its state will say why not: follow it by its id, its
/// reference, or the event feed.
#[utoipa::path(
    post,
    path = "/v1/messages",
    params(IdempotencyKey),
    request_body = MessageToSend,
    responses((status = 202, description = "The message is stored", body = AcceptedMessage))
)]
pub(crate) async fn create_message(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    Trace(trace_id): Trace,
    key: IdempotencyKey,
    body: JsonBody<MessageToSend>,
) -> Result<HttpResponse, Problem> {
    let call = IdempotentCall {
        state: &state,
        scope: &business,
        key: &key,
        fingerprint: body.fingerprint,
        trace_id,
    };
    let checked = async {
        resolve(
            &state,
            &business,
            check(&state, &business, body.value).await?,
        )
        .await
    };
    match checked.await {
        Ok(message) => {
            let body = AcceptedMessage::from(&message);
            call.accept(call.seal(vec![message], &body, None).await?)
                .await
        }
        Err(problem) => Box::pin(call.refuse(problem)).await,
    }
}
