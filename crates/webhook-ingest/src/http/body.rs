//! Reads the body of a webhook within limits: of its length, of time, and of all bodies together.
//!
//! Anyone can send a body: its signature can be checked only when it is complete.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{BytesMut, Payload};
use actix_web::{HttpRequest, error::PayloadError};
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::settings::IngestSettings;

/// Reads bodies; all of them share the limit of bytes in flight.
pub(crate) struct BodyReader {
    limit: usize,
    timeout: Duration,
    in_flight: Arc<Semaphore>,
}

/// A complete body. Its bytes count as in flight until it is dropped.
pub(crate) struct Body {
    bytes: BytesMut,
    permit: OwnedSemaphorePermit,
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is longer than a webhook may be.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// The limit of bytes in flight is reached.
    Overloaded,
    /// The client disconnected, or sent an invalid body.
    Incomplete,
}

impl BodyReader {
    pub(crate) fn new(settings: &IngestSettings) -> Self {
        let in_flight = settings.bytes_in_flight().min(Semaphore::MAX_PERMITS);
        Self {
            limit: settings.body_limit_bytes,
            timeout: settings.body_timeout(),
            in_flight: Arc::new(Semaphore::new(in_flight)),
        }
    }

    /// Reads a body. Capacity is reserved as its bytes arrive, not for the length that the client declares.
    pub(super) async fn read(
        &self,
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> Result<Body, BodyError> {
        if announced(request).is_some_and(|length| length > self.limit) {
            return Err(BodyError::TooLarge);
        }
        let whole = tokio::time::timeout(self.timeout, self.collect(payload));
        whole.await.unwrap_or(Err(BodyError::TooSlow))
    }

    async fn collect(&self, payload: &mut Payload) -> Result<Body, BodyError> {
        let mut body = Body {
            bytes: BytesMut::new(),
            permit: self.permit(0)?,
        };
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| match error {
                PayloadError::Overflow => BodyError::TooLarge,
                _ => BodyError::Incomplete,
            })?;
            if body.bytes.len().saturating_add(chunk.len()) > self.limit {
                return Err(BodyError::TooLarge);
            }
            body.permit.merge(self.permit(chunk.len())?);
            body.bytes.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn permit(&self, bytes: usize) -> Result<OwnedSemaphorePermit, BodyError> {
        let bytes = u32::try_from(bytes).map_err(|_| BodyError::TooLarge)?;
        Arc::clone(&self.in_flight)
            .try_acquire_many_owned(bytes)
            .map_err(|_| BodyError::Overloaded)
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The length that the client declares; a chunked body declares none.
fn announced(request: &HttpRequest) -> Option<usize> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}
