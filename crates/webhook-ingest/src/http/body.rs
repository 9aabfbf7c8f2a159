//! The body of a webhook, read within bounds: of its own length, of time, and of all bodies together.
//!
//! Anybody can send one: whether it is signed shows only when it is there as a whole.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{BytesMut, Payload};
use actix_web::{HttpRequest, error::PayloadError};
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::settings::IngestSettings;

/// Reads bodies; all of them share the bytes that may be in flight.
pub(crate) struct BodyReader {
    limit: usize,
    timeout: Duration,
    in_flight: Arc<Semaphore>,
}

/// A whole body. Its bytes count as in flight until it is dropped.
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
    /// The bodies in flight leave no capacity for it.
    Overloaded,
    /// The client broke off, or sent what is no body.
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

    /// Reads a body. Capacity is taken as its bytes come: what a client only announces takes none.
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

/// The length that the client announces; a chunked body announces none.
fn announced(request: &HttpRequest) -> Option<usize> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}
