//! `POST /v1/messages/bulk`
//!
//! All messages of a call are stored in one transaction, or none is. Each is checked as in a single call, and the
//! problems of all messages are returned together.

use std::fmt;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use storage::BusinessScope;
use tokio::task::yield_now;
use utoipa::ToSchema;
use worker_storage::accept::NewMessage;

use super::accepted::{AcceptedMessage, IdempotentCall};
use super::reply_context::resolve_all;
use super::request::{MessageToSend, check};
use crate::auth::Principal;
use crate::extract::{IdempotencyKey, JsonText, Trace};
use crate::problem::{MOST_PLACES, Problem, ProblemCode};
use crate::state::AppState;

/// The greatest number of messages in a call.
const MOST_MESSAGES: usize = 1_000;
/// After this many messages the task yields to other calls on the same thread.
const MESSAGES_AT_A_TIME: usize = 10;

/// Messages to send: all or none are accepted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessagesToSend<'a> {
    #[serde(borrow)]
    #[schema(value_type = Vec<MessageToSend>, min_items = 1, max_items = 1_000)]
    messages: Counted<'a>,
}

/// The messages of a call, not parsed yet. Reading ends at the first message above the limit, so that a body with
/// millions of messages needs no more memory than its own bytes.
struct Counted<'a>(Vec<&'a RawValue>);

/// Messages that are stored and will be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedMessages {
    /// In the order of the request.
    messages: Vec<AcceptedMessage>,
}

/// Accepts up to 1,000 messages for sending, all or none
///
/// 202 means that all messages are stored; from then on they are independent of each other. If one of them is refused,
/// none is stored, and the problem lists the first 100 errors with their pointers.
#[utoipa::path(
    post,
    path = "/v1/messages/bulk",
    params(IdempotencyKey),
    request_body = MessagesToSend,
    responses((status = 202, description = "All messages are stored", body = AcceptedMessages))
)]
pub(crate) async fn create_messages(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    Trace(trace_id): Trace,
    key: IdempotencyKey,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let limit = state.settings.max_bulk_json_bytes;
    let text = JsonText::read(&request, payload, limit).await?;
    let fingerprint = text.fingerprint;
    let permit = state.limits.bulk_call(business.business_id()).await?;
    let wanted = permit.spawn_blocking(move || read(&text));
    let wanted = wanted.await.map_err(Problem::internal)??;
    let call = IdempotentCall {
        state: &state,
        scope: &business,
        key: &key,
        fingerprint,
        trace_id,
    };
    match check_all(&state, &business, wanted).await {
        Ok(messages) => {
            let body = AcceptedMessages {
                messages: messages.iter().map(AcceptedMessage::from).collect(),
            };
            let sealed = call.seal(messages, &body, Some(&permit)).await?;
            drop(permit);
            call.accept(sealed).await
        }
        Err(problem) => {
            drop(permit);
            Box::pin(call.refuse(problem)).await
        }
    }
}

/// The messages of a body, or the errors of each that cannot be parsed. They are counted before any is parsed.
fn read(text: &JsonText) -> Result<Vec<Result<MessageToSend, Problem>>, Problem> {
    let MessagesToSend {
        messages: Counted(messages),
    } = text.parse()?;
    if messages.is_empty() {
        return Err(Problem::body("/messages", wrong_count()));
    }
    let parse = |message: &RawValue| JsonText::parse_part(message);
    Ok(messages.into_iter().map(parse).collect())
}

impl<'de: 'a, 'a> Deserialize<'de> for Counted<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting;

        impl<'de> Visitor<'de> for Counting {
            type Value = Vec<&'de RawValue>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut messages = Vec::new();
                while let Some(message) = items.next_element()? {
                    if messages.len() == MOST_MESSAGES {
                        return Err(A::Error::custom(wrong_count()));
                    }
                    messages.push(message);
                }
                Ok(messages)
            }
        }

        deserializer.deserialize_seq(Counting).map(Self)
    }
}

fn wrong_count() -> String {
    format!("should have 1 to {MOST_MESSAGES} messages")
}

async fn check_all(
    state: &AppState,
    scope: &BusinessScope,
    wanted: Vec<Result<MessageToSend, Problem>>,
) -> Result<Vec<NewMessage>, Problem> {
    let asked_for = wanted.len();
    let mut passed = Vec::with_capacity(asked_for);
    let mut refusal = Problem::new(ProblemCode::MessagesRefused);
    for (index, message) in wanted.into_iter().enumerate() {
        if index % MESSAGES_AT_A_TIME == 0 {
            yield_now().await;
        }
        let message = match message {
            Ok(message) => check(state, scope, message).await,
            Err(problem) => Err(problem),
        };
        match message {
            Ok(message) => passed.push((index, message)),
            Err(problem) if problem.is_fault() => return Err(problem),
            Err(problem) => refusal = refusal.with(&format!("/messages/{index}"), problem),
        }
    }
    let mut checked = Vec::with_capacity(passed.len());
    for (index, message) in resolve_all(state, scope, passed).await? {
        match message {
            Ok(message) => checked.push(message),
            Err(problem) => refusal = refusal.with(&format!("/messages/{index}"), problem),
        }
    }
    if checked.len() == asked_for {
        return Ok(checked);
    }
    let refused = asked_for - checked.len();
    Err(refusal.detail(format!(
        "{refused} of the {asked_for} messages are refused, and therefore none was stored. Correct or remove \
         them, and send the call again; its Idempotency-Key is not used yet. At most {MOST_PLACES} errors are \
         listed."
    )))
}
