//! The last step of every call that creates messages: they are stored together and the call is answered, or a repeated
//! call gets the stored response.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use common::ids::MessageId;
use common::message::MessageState;
use common::trace::TraceId;
use sealing::HashDomain;
use serde::Serialize;
use storage::BusinessScope;
use storage::idempotency_keys::StoredAnswer;
use utoipa::ToSchema;
use worker_storage::accept::{AcceptOutcome, NewMessage, PendingAccept};

use crate::accept::AcceptError;
use crate::extract::{Fingerprint, IdempotencyGuard, IdempotencyKey, StoredResponse};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;
use crate::work_permit::WorkPermit;

/// A message that is stored and will be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedMessage {
    #[schema(value_type = uuid::Uuid)]
    id: MessageId,
    #[schema(example = "accepted")]
    state: &'static str,
    accepted_at: DateTime<Utc>,
}

/// The response to a call whose messages are stored.
const ACCEPTED: StatusCode = StatusCode::ACCEPTED;

/// The messages of a call, ready to be stored.
pub(super) struct SealedCall {
    pending: PendingAccept,
    /// The body of the response.
    body: Vec<u8>,
}

/// A call that creates messages: its business, and what identifies a repetition of it.
pub(super) struct IdempotentCall<'a> {
    pub(super) state: &'a AppState,
    pub(super) scope: &'a BusinessScope,
    pub(super) key: &'a IdempotencyKey,
    pub(super) fingerprint: Fingerprint,
    pub(super) trace_id: TraceId,
}

impl From<&NewMessage> for AcceptedMessage {
    fn from(message: &NewMessage) -> Self {
        Self {
            id: message.id,
            state: MessageState::Accepted.as_str(),
            accepted_at: message.accepted_at,
        }
    }
}

impl IdempotentCall<'_> {
    /// Prepares the messages for storage, with the body of the response. With a permit they are sealed on a blocking
    /// thread, so that the messages of a bulk call do not delay other calls.
    pub(super) async fn seal<T: Serialize>(
        &self,
        messages: Vec<NewMessage>,
        body: &T,
        permit: Option<&WorkPermit>,
    ) -> Result<SealedCall, Problem> {
        let keys = self.scope.keys().await?;
        let body = serde_json::to_vec(body).map_err(Problem::internal)?;
        let answer = StoredAnswer {
            fingerprint: self.fingerprint.peppered(&keys).to_vec(),
            status: i16::try_from(ACCEPTED.as_u16()).unwrap_or_default(),
            body: body.clone(),
        };
        let key_hash = keys
            .lookup_hash(HashDomain::IdempotencyKey, self.key.as_bytes())
            .bytes;
        let seal = move || PendingAccept::seal(&keys, &messages, key_hash, answer);
        let pending = match permit {
            Some(permit) => permit
                .spawn_blocking(seal)
                .await
                .map_err(Problem::internal)?,
            None => seal(),
        }?;
        Ok(SealedCall { pending, body })
    }

    /// Waits for the commit of the messages; 202 means that all of them are on disk.
    pub(super) async fn accept(&self, call: SealedCall) -> Result<HttpResponse, Problem> {
        let SealedCall { pending, body } = call;
        let status = ACCEPTED;
        match self.state.acceptor.accept(pending, self.trace_id).await? {
            AcceptOutcome::Accepted => Ok(StoredResponse { is_first: true, status, body }.respond()),
            AcceptOutcome::Replayed(first) => {
                Ok(StoredResponse { is_first: false, status, body: first.body }.respond())
            }
            AcceptOutcome::KeyConflict => Err(Problem::new(ProblemCode::IdempotencyKeyReused).detail(
                "This Idempotency-Key was used before with another method, path or body. Nothing was stored. Use \
                 a new value for another call.",
            )),
            AcceptOutcome::Expired => Err(AcceptError::Expired.into()),
            AcceptOutcome::InProgress => {
                Err(Problem::new(ProblemCode::RequestInProgress).retry_after(1))
            }
        }
    }

    /// Answers a call whose messages failed the checks. If the same call was accepted before, it gets the same response
    /// again, although it might not be accepted now: its template was paused meanwhile, or it has expired.
    pub(super) async fn refuse(&self, problem: Problem) -> Result<HttpResponse, Problem> {
        // A check that could not run refused nothing. Looking up such calls would also take connections from a database
        // that has just come back.
        let is_passing = [ProblemCode::Unavailable, ProblemCode::TooManyRequests];
        if is_passing.contains(&problem.code()) {
            return Err(problem);
        }
        let once = IdempotencyGuard::of_business(self.scope, self.key, self.fingerprint).await?;
        let earlier = once.earlier(&mut self.scope.begin().await?).await?;
        earlier.map(StoredResponse::respond).ok_or(problem)
    }
}
