//! A JSON body, read strictly: an error names the field by its JSON pointer and never repeats its value.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::future::LocalBoxFuture;
use ring::digest;
use sealing::{BusinessKeys, HashDomain};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::body::{Body, BodyBounds, BodyError, read_body};
use super::json_text::parse;
use super::media_type::is_media_type;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// How long a JSON body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// A body of the media type `application/json`.
#[derive(Debug)]
pub struct JsonBody<T> {
    /// The parsed body.
    pub value: T,
    /// The fingerprint of the request, for its `Idempotency-Key`.
    pub fingerprint: Fingerprint,
}

/// The text of such a body, not parsed yet.
#[derive(Debug)]
pub struct JsonText {
    bytes: Bytes,
    /// The fingerprint of the request, for its `Idempotency-Key`.
    pub fingerprint: Fingerprint,
}

/// SHA-256 over method, path and body: the same key with another fingerprint is another request.
///
/// Phone numbers or codes could be guessed from it, so the fingerprint of a business's request is stored as a keyed
/// hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of a request.
    #[must_use]
    pub fn of(request: &HttpRequest, body: &[u8]) -> Self {
        Self::of_parts(request, [body])
    }

    /// The fingerprint of a request that depends on more than its body.
    #[must_use]
    pub fn of_parts<const N: usize>(request: &HttpRequest, parts: [&[u8]; N]) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        let (method, path) = (request.method().as_str(), request.path());
        for part in [method.as_bytes(), path.as_bytes()]
            .into_iter()
            .chain(parts)
        {
            // Each part is preceded by its length, so that no two requests have the same bytes.
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }

    /// The stored form for a request of a business.
    #[must_use]
    pub fn peppered(self, keys: &BusinessKeys) -> [u8; 32] {
        keys.lookup_hash(HashDomain::Request, &self.0).bytes
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for JsonBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = web::Payload::from_request(&request, payload);
        Box::pin(async move {
            let limit = AppState::of(&request)?.settings.max_json_bytes;
            let payload = payload.await.map_err(|_| broken())?;
            let text = JsonText::read(&request, payload, limit).await?;
            Ok(Self {
                value: text.parse()?,
                fingerprint: text.fingerprint,
            })
        })
    }
}

impl JsonText {
    /// Reads a body of at most `limit` bytes.
    ///
    /// # Errors
    /// When it has another media type, is too long, too slow, or incomplete.
    pub async fn read(
        request: &HttpRequest,
        payload: web::Payload,
        limit: usize,
    ) -> Result<Self, Problem> {
        check_media_type(request)?;
        let bytes = read(request, payload, limit).await?;
        let fingerprint = Fingerprint::of(request, &bytes);
        Ok(Self { bytes, fingerprint })
    }

    /// Parses the text.
    ///
    /// # Errors
    /// When it is not JSON, or not of this type; the problem points to the field.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Problem> {
        parse(&self.bytes)
    }

    /// Parses a part of a text that was parsed as JSON already.
    ///
    /// # Errors
    /// When it is not of this type; the problem points to the field within the part.
    pub fn parse_part<'a, T: Deserialize<'a>>(part: &'a RawValue) -> Result<T, Problem> {
        parse(part.get().as_bytes())
    }
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    if is_media_type(request, "application/json") {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::MediaTypeUnsupported)
        .detail("Send the body with the Content-Type application/json."))
}

/// Reads the body. The permit for its bytes lives as long as the request, like what is made from them.
async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    most_bytes: usize,
) -> Result<Bytes, Problem> {
    let bounds = BodyBounds {
        most_bytes,
        timeout: BODY_TIMEOUT,
    };
    let body = read_body(request, payload, bounds).await;
    let Body { bytes, permit } = body.map_err(|error| match error {
        BodyError::TooLarge => Problem::new(ProblemCode::BodyTooLarge)
            .detail(format!("The body is longer than {most_bytes} bytes.")),
        BodyError::Incomplete => broken(),
        BodyError::Refused(problem) => problem,
    })?;
    request.extensions_mut().insert(permit);
    Ok(bytes)
}

fn broken() -> Problem {
    Problem::new(ProblemCode::BodyNotJson).detail("The body is incomplete. Send it again.")
}

#[cfg(test)]
mod tests {
    use sealing::MasterKeys;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_stored_of_a_request_differs_from_business_to_business() {
        let master = MasterKeys::parse(&MasterKeys::generate_text().unwrap()).unwrap();
        let keys = || {
            BusinessKeys::generate(&master, Uuid::new_v4())
                .unwrap()
                .keys
        };
        let (request, business) = (Fingerprint([1; 32]), keys());
        let stored = request.peppered(&business);
        assert_eq!(stored, request.peppered(&business));
        assert_ne!(stored, Fingerprint([2; 32]).peppered(&business));
        assert_ne!(stored, request.peppered(&keys()));
        assert_ne!(stored, request.0);
    }
}
