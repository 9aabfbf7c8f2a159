//! `POST /v1/numbers`
//!
//! Nothing is stored before Meta has confirmed all of it. Meta is called outside of any transaction, since calls may be
//! slow. Connecting a number again replaces its token and releases the messages that were held while it was stopped.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use broker::Queue;
use chrono::{DateTime, Utc};
use cloud_api::PhoneNumberNode;
use common::feed::{FeedEvent, NumberEvent};
use common::ids::{MessageId, PhoneNumberId, WabaId};
use common::message::Lane;
use common::number::Connection;
use common::secret::AccessToken;
use common::trace::TraceId;
use common::wire::{MessageRef, SyncTemplates};
use sealing::BusinessKeys;
use serde::Deserialize;
use storage::access_tokens::{self, ConfirmedToken};
use storage::events::{self, FeedEntry};
use storage::phone_numbers::{self, PhoneNumber};
use storage::{BusinessScope, ScopedTransaction, StorageError, wabas};
use utoipa::ToSchema;

use super::Number;
use super::verify::verify;
use crate::auth::Principal;
use crate::extract::{IdempotencyGuard, IdempotencyKey, JsonBody, Trace, text_id};
use crate::metrics::Metrics;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Stored for values that Meta did not return.
const UNKNOWN: &str = "UNKNOWN";
/// The greatest length of a token. Meta's have some hundred characters; a header with a much longer one would be
/// refused.
const TOKEN_LENGTH: usize = 4_096;

/// A number to connect, with the access token for it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumberToConnect {
    #[schema(value_type = String, pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    #[serde(deserialize_with = "text_id")]
    waba_id: WabaId,
    #[schema(value_type = String, pattern = "^[0-9]{1,32}$", example = "106540352242922")]
    #[serde(deserialize_with = "text_id")]
    phone_number_id: PhoneNumberId,
    /// Issued for our Meta app, with `whatsapp_business_messaging` and `whatsapp_business_management` for the account.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 4096, pattern = "^[!-~]*$")]
    access_token: AccessToken,
}

/// What is stored of a number after Meta's confirmation.
struct Confirmed {
    number: PhoneNumber,
    token: ConfirmedToken,
}

/// Connects a number
///
/// The service checks with Meta that the token is valid, was issued for our app, and gives access to the account and
/// the number. It then subscribes our app to the account's webhooks and reads the templates. Connecting a number again
/// replaces its token.
#[utoipa::path(
    post,
    path = "/v1/numbers",
    params(IdempotencyKey),
    request_body = NumberToConnect,
    responses((status = 201, description = "The number", body = Number))
)]
pub(crate) async fn connect_number(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    Trace(trace_id): Trace,
    key: IdempotencyKey,
    body: JsonBody<NumberToConnect>,
) -> Result<HttpResponse, Problem> {
    let once = IdempotencyGuard::of_business(&business, &key, body.fingerprint).await?;
    let answer = connect(&state, &business, &once, body.value, trace_id).await;
    let outcome = answer
        .as_ref()
        .map_or_else(|problem| problem.code().as_str(), |_| "connected");
    Metrics::get()
        .number_connections
        .with_label_values(&[outcome])
        .inc();
    answer
}

async fn connect(
    state: &AppState,
    scope: &BusinessScope,
    once: &IdempotencyGuard,
    wanted: NumberToConnect,
    trace_id: TraceId,
) -> Result<HttpResponse, Problem> {
    let NumberToConnect {
        waba_id,
        phone_number_id,
        access_token,
    } = wanted;
    check_token(&access_token)?;
    if let Some(earlier) = once.earlier(&mut scope.begin().await?).await? {
        return Ok(earlier.respond());
    }
    let now = state.now();
    let ids = (&waba_id, &phone_number_id);
    let verified = verify(&state.cloud_api, &state.app_id, &access_token, ids, now).await?;
    let expires_at = verified.token_expires_at;
    let confirmed = Confirmed {
        number: number(verified.number, waba_id.clone(), now),
        token: ConfirmedToken {
            waba_id: waba_id.clone(),
            token: access_token,
            expires_at,
            confirmed_at: now,
        },
    };
    let keys = scope.keys().await?;
    let mut transaction = scope.begin().await?;
    let freed = store(&mut transaction, scope, &keys, &confirmed).await.map_err(|error| match error {
        StorageError::Duplicate { .. } => Problem::new(ProblemCode::NumberConnectedElsewhere).detail(
            "Another business of this service has connected the account or number. Nothing was stored. It has to \
             disconnect it first.",
        ),
        error => error.into(),
    })?;
    let body = Number::from(confirmed.number);
    let recorded = once
        .commit(transaction, StatusCode::CREATED, &body, now)
        .await?;
    if recorded.is_first {
        let (business_id, freed_messages) = (scope.business_id(), freed.len());
        tracing::info!(business.id = %business_id, %waba_id, %phone_number_id, freed_messages, "a number was connected");
        publish(state, scope, waba_id, &freed, trace_id).await;
    }
    Ok(recorded.respond())
}

/// Refuses tokens that cannot be put into a header, and therefore are not valid.
fn check_token(token: &AccessToken) -> Result<(), Problem> {
    let text = token.expose();
    let fits = (1..=TOKEN_LENGTH).contains(&text.len());
    if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let detail = format!("should be a token of 1 to {TOKEN_LENGTH} visible ASCII characters");
    Err(Problem::body("/access_token", detail))
}

/// Releases the number's held messages, and stores what was confirmed.
async fn store(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    confirmed: &Confirmed,
) -> Result<Vec<(Lane, MessageId)>, StorageError> {
    let Confirmed { number, token } = confirmed;
    let now = token.confirmed_at;
    // Messages are locked before the number, and the number before its token, in the same order as when a number is
    // stopped.
    let freed = phone_numbers::release_held(transaction, scope, &number.phone_number_id).await?;
    wabas::insert(transaction, scope, &number.waba_id, now).await?;
    phone_numbers::put(transaction, scope, number).await?;
    access_tokens::put(transaction, scope, keys, token).await?;
    let connected = FeedEntry {
        business_id: scope.business_id(),
        event: FeedEvent::Number {
            phone_number_id: number.phone_number_id.clone(),
            event: NumberEvent::Connected {
                waba_id: number.waba_id.clone(),
            },
        },
        occurred_at: now,
    };
    events::append(transaction, scope, now, &[connected]).await?;
    Ok(freed)
}

/// Notifies the other services. Nothing is lost if that fails: due accounts are synchronised periodically, and the
/// reaper publishes accepted messages again.
async fn publish(
    state: &AppState,
    scope: &BusinessScope,
    waba_id: WabaId,
    freed: &[(Lane, MessageId)],
    trace_id: TraceId,
) {
    let business_id = scope.business_id();
    let job = SyncTemplates {
        business_id,
        waba_id,
    };
    if let Err(error) = state
        .publisher
        .publish(Queue::SyncTemplates, &job, Some(trace_id))
        .await
    {
        tracing::warn!(%error, "the synchronisation of templates could not be requested; it runs when it is next due");
    }
    for (lane, message_id) in freed {
        let message = MessageRef {
            business_id,
            message_id: *message_id,
            trace_id: Some(trace_id),
        };
        state.acceptor.publish(*lane, [message]);
    }
}

fn number(node: PhoneNumberNode, waba_id: WabaId, now: DateTime<Utc>) -> PhoneNumber {
    PhoneNumber {
        throughput_level: node.throughput_word().unwrap_or_else(unknown),
        messaging_limit: node.messaging_limit_word().unwrap_or_else(unknown),
        phone_number_id: node.id,
        waba_id,
        display_phone_number: node.display_phone_number.unwrap_or_default(),
        verified_name: node.verified_name.unwrap_or_default(),
        quality_rating: node.quality_rating.unwrap_or_else(unknown),
        connection: Connection::Connected,
        stopped_reason: None,
        breaker: None,
        connected_at: now,
    }
}

fn unknown() -> String {
    UNKNOWN.to_owned()
}
