//! `Idempotency-Key`: a repeated creating call gets the first response again, byte for byte, and creates nothing.
//!
//! A hash of the key is stored with the fingerprint of the request and the sealed response, in the transaction that
//! does the work: either both are durable or neither is. Of two concurrent calls, one waits for the other at the row of
//! the key.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use ring::digest;
use sealing::{BusinessKeys, HashDomain};
use serde::Serialize;
use storage::idempotency_keys::{self, StoredAnswer};
use storage::{BusinessScope, ScopedTransaction};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Required, Type};

use super::Fingerprint;
use crate::auth::platform_scope;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// The request header.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The response header of a repeated response.
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_KEY_LENGTH: usize = 255;
/// Seconds after which the first of two concurrent calls has ended.
const IN_PROGRESS_SECONDS: u32 = 1;

/// The idempotency key of a call.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// A creating call with an idempotency key.
pub struct IdempotencyGuard {
    scope: BusinessScope,
    /// The keys that seal the response; `None` for calls of the platform for itself.
    keys: Option<BusinessKeys>,
    key_hash: [u8; 32],
    fingerprint: [u8; 32],
}

/// The response to a creating call.
#[derive(Debug)]
pub struct StoredResponse {
    /// Whether this call did the work, and not an earlier one.
    pub is_first: bool,
    /// The status of the response.
    pub status: StatusCode,
    /// The JSON of the response.
    pub body: Vec<u8>,
}

impl IdempotencyKey {
    /// The key as sent by the caller.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl IntoParams for IdempotencyKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(MAX_KEY_LENGTH))
            .pattern(Some("^[ -~]*[!-~][ -~]*$"));
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(
                "A new value for each creating call; repeat a call with the same value.",
            ))
            .schema(Some(schema));
        vec![parameter.build()]
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request.headers().get(IDEMPOTENCY_KEY)))
    }
}

fn read(header: Option<&HeaderValue>) -> Result<IdempotencyKey, Problem> {
    let header = header.ok_or_else(|| {
        Problem::new(ProblemCode::IdempotencyKeyMissing).detail(
            "Nothing was done. Send Idempotency-Key with a new value for each call that creates something, such \
             as a UUID, and the same value when you repeat the call.",
        )
    })?;
    let text = header.to_str().unwrap_or_default().trim();
    if text.is_empty() || text.len() > MAX_KEY_LENGTH {
        return Err(Problem::new(ProblemCode::IdempotencyKeyInvalid).detail(
            "Nothing was done. Send Idempotency-Key with 1 to 255 printable ASCII characters.",
        ));
    }
    Ok(IdempotencyKey(text.to_owned()))
}

impl IdempotencyGuard {
    /// A call in the scope of a business.
    ///
    /// # Errors
    /// When the keys of the business cannot be loaded.
    pub async fn of_business(
        scope: &BusinessScope,
        key: &IdempotencyKey,
        fingerprint: Fingerprint,
    ) -> Result<Self, Problem> {
        let keys = scope.keys().await?;
        let key_hash = keys
            .lookup_hash(HashDomain::IdempotencyKey, key.as_bytes())
            .bytes;
        Ok(Self {
            scope: scope.clone(),
            key_hash,
            fingerprint: fingerprint.peppered(&keys),
            keys: Some(keys),
        })
    }

    /// A call of the platform for itself. Its keys, bodies and responses belong to no business and name no person:
    /// plain hashes are enough, and the response is a row of `businesses`, which is not sealed either.
    #[must_use]
    pub fn of_platform(state: &AppState, key: &IdempotencyKey, fingerprint: Fingerprint) -> Self {
        let mut key_hash = [0; 32];
        let hash = digest::digest(&digest::SHA256, key.as_bytes());
        for (to, from) in key_hash.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
        Self {
            scope: platform_scope(&state.store),
            keys: None,
            key_hash,
            fingerprint: fingerprint.0,
        }
    }

    /// The stored response of an earlier call, if there is one.
    ///
    /// # Errors
    /// When the key belongs to another request, or the database is not available.
    pub async fn earlier(
        &self,
        transaction: &mut ScopedTransaction,
    ) -> Result<Option<StoredResponse>, Problem> {
        let (scope, keys) = (&self.scope, self.keys.as_ref());
        let stored = idempotency_keys::find(transaction, scope, keys, &self.key_hash).await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        if stored.fingerprint != self.fingerprint {
            return Err(Problem::new(ProblemCode::IdempotencyKeyReused).detail(
                "This Idempotency-Key was used before with another method, path or body. Nothing was done. Use a \
                 new value for another request.",
            ));
        }
        let status = u16::try_from(stored.status)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok());
        Ok(Some(StoredResponse {
            is_first: false,
            status: status.unwrap_or(StatusCode::OK),
            body: stored.body,
        }))
    }

    /// Stores the response in the transaction that did the work, and commits it. If a concurrent call with the same key
    /// committed first, the transaction is rolled back and the response is that call's.
    ///
    /// # Errors
    /// When the other call was another request, or the database is not available.
    pub async fn commit<T: Serialize>(
        &self,
        mut transaction: ScopedTransaction,
        status: StatusCode,
        body: &T,
        now: DateTime<Utc>,
    ) -> Result<StoredResponse, Problem> {
        let body = serde_json::to_vec(body).map_err(Problem::internal)?;
        let fingerprint = self.fingerprint.to_vec();
        let code = i16::try_from(status.as_u16()).unwrap_or_default();
        let answer = StoredAnswer {
            fingerprint,
            status: code,
            body,
        };
        let (scope, keys) = (&self.scope, self.keys.as_ref());
        let row = (&self.key_hash, &answer);
        if !idempotency_keys::insert(&mut transaction, scope, keys, row, now).await? {
            // The insert waited for the other transaction, so its row is visible now.
            let quicker = self.earlier(&mut transaction).await?;
            return quicker.ok_or_else(|| {
                Problem::new(ProblemCode::RequestInProgress)
                    .retry_after(IN_PROGRESS_SECONDS)
                    .detail("Another call with this Idempotency-Key is in progress. Repeat the call after the \
                        seconds in Retry-After.")
            });
        }
        transaction.commit().await?;
        Ok(StoredResponse {
            is_first: true,
            status,
            body: answer.body,
        })
    }
}

impl StoredResponse {
    /// The HTTP response.
    #[must_use]
    pub fn respond(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if !self.is_first {
            response.insert_header((IDEMPOTENCY_REPLAYED, "true"));
        }
        response
            .insert_header(header::ContentType::json())
            .body(self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_printable_text() {
        assert_eq!(
            read(None).err().map(|problem| problem.code()),
            Some(ProblemCode::IdempotencyKeyMissing)
        );
        for text in [
            String::new(),
            " ".to_owned(),
            "k".repeat(256),
            "clé".to_owned(),
        ] {
            let value = HeaderValue::from_bytes(text.as_bytes()).unwrap();
            let problem = read(Some(&value)).err().map(|problem| problem.code());
            assert_eq!(problem, Some(ProblemCode::IdempotencyKeyInvalid), "{text}");
        }
        assert!(read(Some(&HeaderValue::from_static("ticket 4711"))).is_ok());
    }
}
