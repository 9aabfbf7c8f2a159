//! `POST /v1/messages`
//!
//! All checks come before the database: country, number and template are remembered for seconds. Then the message is
//! sealed and waits for its group's commit; 202 means that it is on disk.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use common::ids::{MessageId, PhoneNumberId, time_of_uuid};
use common::message::MessageState;
use common::phone::E164;
use common::template::{Variables, fill};
use common::trace::TraceId;
use sealing::{BusinessKeys, LookupDomain};
use serde::{Deserialize, Serialize};
use storage::BusinessScope;
use storage::batch::accept::{AcceptOutcome, NewMessage, PendingAccept};
use storage::idempotency_keys::StoredAnswer;
use storage::messages::MessageContent;
use utoipa::ToSchema;

use super::{TemplateRef, variables_problem};
use crate::accept::{AcceptError, check_connected, check_sendable, find_number, find_template};
use crate::auth::Scope;
use crate::extract::{Fingerprint, IdempotencyKey, JsonBody, Once, Recorded, Trace};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// The most characters of a reference.
const REFERENCE_LENGTH: usize = 128;

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageToSend {
    /// The `phone_number_id` to send from.
    #[schema(value_type = String, example = "106540352242922")]
    from: PhoneNumberId,
    /// The recipient, in any notation of the business's country.
    #[schema(example = "70 11 22 33")]
    to: String,
    template: TemplateRef,
    /// The template's variables, by the names that `GET /v1/templates` gives.
    #[serde(default)]
    #[schema(example = json!({"1": "Awa", "2": "12 500"}))]
    variables: Variables,
    /// The caller's own, to find the message by.
    #[schema(max_length = 128, example = "ticket 2041")]
    reference: Option<String>,
    /// After this it is not sent any more; 7 days when not given. One-time codes expire after 300 seconds at the latest.
    expires_at: Option<DateTime<Utc>>,
}

/// A message that is on disk and will be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedMessage {
    #[schema(value_type = uuid::Uuid)]
    id: MessageId,
    #[schema(example = "accepted")]
    state: &'static str,
    accepted_at: DateTime<Utc>,
}

/// Accepts a message for sending
///
/// 202 means that the message is stored and will be sent, or that you are told why not: follow it by its id, its
/// reference, or the event feed.
#[utoipa::path(
    post,
    path = "/v1/messages",
    tag = "messages",
    params(IdempotencyKey),
    request_body = MessageToSend,
    responses((status = 202, description = "The message is stored", body = AcceptedMessage))
)]
pub(crate) async fn create_message(
    state: web::Data<AppState>,
    Scope(scope): Scope,
    Trace(trace_id): Trace,
    key: IdempotencyKey,
    body: JsonBody<MessageToSend>,
) -> Result<HttpResponse, Problem> {
    let keys = scope.keys().await?;
    match check(&state, &scope, body.value).await {
        Ok(message) => accept(&state, &keys, &message, &key, body.fingerprint, trace_id).await,
        Err(problem) => replay(&scope, &key, body.fingerprint).await?.ok_or(problem),
    }
}

/// A call that was accepted once gets the same answer when it comes again, although it might not be accepted now: its
/// template was paused meanwhile, or its time is over.
async fn replay(
    scope: &BusinessScope,
    key: &IdempotencyKey,
    fingerprint: Fingerprint,
) -> Result<Option<HttpResponse>, Problem> {
    let once = Once::of_business(scope, key, fingerprint).await?;
    let earlier = once.earlier(&mut scope.begin().await?).await?;
    Ok(earlier.map(Recorded::respond))
}

async fn check(
    state: &AppState,
    scope: &BusinessScope,
    wanted: MessageToSend,
) -> Result<NewMessage, Problem> {
    let now = state.clock.now();
    let id = MessageId::new(now);
    // The id keeps milliseconds, and is what later answers take the time from.
    let accepted_at = time_of_uuid(id.as_uuid()).unwrap_or(now);
    check_reference(wanted.reference.as_deref())?;
    if wanted.expires_at.is_some_and(|at| at <= now) {
        return Err(Problem::body("/expires_at", "is not in the future"));
    }
    let region = state.known.region(scope).await?;
    let recipient = E164::parse(&wanted.to, region);
    let recipient = recipient.map_err(|error| {
        Problem::new(ProblemCode::RecipientInvalid).at("/to", error.to_string())
    })?;
    let number = find_number(state, scope, &wanted.from).await?;
    check_connected(&number).map_err(|problem| problem.at("/from", "is not connected"))?;
    let TemplateRef { name, language } = wanted.template;
    let (template, shape) = find_template(state, scope, &number, (&name, &language)).await?;
    check_sendable(&template.status)
        .map_err(|problem| problem.at("/template", "is not approved"))?;
    let components = fill(&shape, &wanted.variables).map_err(|error| variables_problem(&error))?;
    Ok(NewMessage {
        id,
        business_id: scope.business_id(),
        phone_number_id: wanted.from,
        template_id: template.template_id.clone(),
        category: template.category.clone(),
        recipient,
        content: MessageContent {
            template: name,
            language,
            components,
        },
        reference: wanted.reference,
        expires_at: wanted.expires_at,
        accepted_at,
    })
}

async fn accept(
    state: &AppState,
    keys: &BusinessKeys,
    message: &NewMessage,
    key: &IdempotencyKey,
    fingerprint: Fingerprint,
    trace_id: TraceId,
) -> Result<HttpResponse, Problem> {
    let body = AcceptedMessage {
        id: message.id,
        state: MessageState::Accepted.as_str(),
        accepted_at: message.accepted_at,
    };
    let body = serde_json::to_vec(&body).map_err(Problem::internal)?;
    let status = StatusCode::ACCEPTED;
    let answer = StoredAnswer {
        fingerprint: fingerprint.peppered(keys).to_vec(),
        status: i16::try_from(status.as_u16()).unwrap_or_default(),
        body: body.clone(),
    };
    let key_hash = keys
        .lookup_hash(LookupDomain::IdempotencyKey, key.as_bytes())
        .bytes;
    let call = PendingAccept::seal(keys, message, key_hash, answer)?;
    match state.acceptor.accept(call, trace_id).await? {
        AcceptOutcome::Accepted => Ok(Recorded { is_first: true, status, body }.respond()),
        AcceptOutcome::Replayed(first) => {
            Ok(Recorded { is_first: false, status, body: first.body }.respond())
        }
        AcceptOutcome::KeyOfAnother => Err(Problem::new(ProblemCode::IdempotencyKeyReused).detail(
            "This Idempotency-Key came before with another method, path or body. Nothing was stored. Use a new value \
             for another message.",
        )),
        AcceptOutcome::TooLate => Err(AcceptError::TooLate.into()),
        AcceptOutcome::InProgress => Err(Problem::new(ProblemCode::RequestInProgress).retry_after(1)),
    }
}

fn check_reference(reference: Option<&str>) -> Result<(), Problem> {
    let fits = |text: &str| (1..=REFERENCE_LENGTH).contains(&text.chars().count());
    if reference.is_none_or(fits) {
        return Ok(());
    }
    let detail = format!("should have 1 to {REFERENCE_LENGTH} characters");
    Err(Problem::body("/reference", detail))
}
