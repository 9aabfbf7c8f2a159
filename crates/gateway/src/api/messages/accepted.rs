//! The end of every call that creates messages: they are stored all together and answered, or the answer is given again
//! that the same call got before.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
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

/// A message that is on disk and will be sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedMessage {
    #[schema(value_type = uuid::Uuid)]
    id: MessageId,
    #[schema(example = "accepted")]
    state: &'static str,
    accepted_at: DateTime<Utc>,
}

/// How a call is answered whose messages are stored.
const ACCEPTED: StatusCode = StatusCode::ACCEPTED;

/// The messages of a call, ready to be stored.
pub(super) struct SealedCall {
    pending: PendingAccept,
    /// What the call is answered with.
    body: Vec<u8>,
}

/// A call that creates messages: whose it is, and what makes it the same call when it comes again.
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
    /// Makes the messages ready to be stored, with the body that the call is answered with. The messages of a bulk call are
    /// sealed beside the threads that answer calls.
    pub(super) async fn seal<T: Serialize>(
        &self,
        messages: Vec<NewMessage>,
        body: &T,
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
        let count = messages.len();
        let seal = move || PendingAccept::seal(&keys, &messages, key_hash, answer);
        let pending = match count {
            1 => seal()?,
            _ => web::block(seal).await.map_err(Problem::internal)??,
        };
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
                "This Idempotency-Key came before with another method, path or body. Nothing was stored. Use a new value \
                 for another call.",
            )),
            AcceptOutcome::Expired => Err(AcceptError::Expired.into()),
            AcceptOutcome::InProgress => {
                Err(Problem::new(ProblemCode::RequestInProgress).retry_after(1))
            }
        }
    }

    /// Answers a call whose messages did not pass the checks. One that was accepted before gets the same answer again,
    /// although it might not be accepted now: its template was paused meanwhile, or its time is over.
    pub(super) async fn refuse(&self, problem: Problem) -> Result<HttpResponse, Problem> {
        // What could not be checked was not refused; and thousands of such calls, each of which would wait for a connection,
        // keep the database's return from all others.
        let is_passing = [ProblemCode::Unavailable, ProblemCode::TooManyRequests];
        if is_passing.contains(&problem.code()) {
            return Err(problem);
        }
        let once = IdempotencyGuard::of_business(self.scope, self.key, self.fingerprint).await?;
        let earlier = once.earlier(&mut self.scope.begin().await?).await?;
        earlier.map(StoredResponse::respond).ok_or(problem)
    }
}
