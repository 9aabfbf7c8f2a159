//! Reads the body of a call within limits: of its length, of time, and of its business's memory.

use std::time::Duration;

use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{self, Bytes, BytesMut, Payload};
use actix_web::{HttpMessage as _, HttpRequest, error::PayloadError};
use common::ids::BusinessId;
use futures_util::{Stream, StreamExt as _};
use tokio::time::{Instant, timeout_at};

use crate::auth::Principal;
use crate::limits::BodyPermit;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// In each such period a body has to bring at least [`LEAST_BYTES`]; otherwise the call fails.
const INTERVAL: Duration = Duration::from_secs(10);
/// 1.6 kilobytes a second: less than the slowest mobile network.
const LEAST_BYTES: usize = 16_000;

/// The limits of a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyBounds {
    /// The greatest length in bytes.
    pub(crate) most_bytes: usize,
    /// How long it may take to arrive as a whole.
    pub(crate) timeout: Duration,
}

/// A whole body.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    /// The permit, to be kept as long as the bytes or what was made from them.
    pub(crate) permit: BodyPermit,
}

/// Why a body was not read.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is longer than its limit.
    TooLarge,
    /// The client disconnected, or sent an invalid body.
    Incomplete,
    /// It took too long, or too many bytes of the business are in memory.
    Refused(Problem),
}

/// Reads a body. Memory is reserved as its bytes arrive, not for the length that the client declares.
pub(crate) async fn read_body(
    request: &HttpRequest,
    payload: Payload,
    bounds: BodyBounds,
) -> Result<Body, BodyError> {
    if announced_bytes(request).is_some_and(|announced| announced > bounds.most_bytes) {
        return Err(BodyError::TooLarge);
    }
    let (state, business_id) = context(request).map_err(BodyError::Refused)?;
    let acquire = |bytes| {
        let permit = state.limits.body_bytes(business_id, bytes);
        permit.map_err(BodyError::Refused)
    };
    let mut permit = acquire(0)?;
    let bytes = collect(payload, bounds, async |more| {
        permit.merge(acquire(more)?);
        state.limits.body_rate(business_id, more).await;
        Ok(())
    });
    let bytes = bytes.await?;
    Ok(Body { bytes, permit })
}

/// Collects the bytes as they arrive, each chunk after it was permitted. Waiting for permits does not count as the
/// client's time.
async fn collect(
    mut payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    bounds: BodyBounds,
    mut allow: impl AsyncFnMut(usize) -> Result<(), BodyError>,
) -> Result<Bytes, BodyError> {
    let mut bytes = BytesMut::new();
    let mut end = Instant::now() + bounds.timeout;
    let (mut interval_end, mut of_interval) = (Instant::now() + INTERVAL, 0);
    loop {
        let Ok(chunk) = timeout_at(end.min(interval_end), payload.next()).await else {
            if of_interval < LEAST_BYTES || Instant::now() >= end {
                return Err(BodyError::Refused(too_slow()));
            }
            (interval_end, of_interval) = (Instant::now() + INTERVAL, 0);
            continue;
        };
        let Some(chunk) = chunk else {
            return Ok(bytes.freeze());
        };
        let chunk = chunk.map_err(|error| match error {
            PayloadError::Overflow => BodyError::TooLarge,
            _ => BodyError::Incomplete,
        })?;
        if bytes.len().saturating_add(chunk.len()) > bounds.most_bytes {
            return Err(BodyError::TooLarge);
        }
        let arrived_at = Instant::now();
        allow(chunk.len()).await?;
        let waited = arrived_at.elapsed();
        (end, interval_end) = (end + waited, interval_end + waited);
        of_interval += chunk.len();
        bytes.extend_from_slice(&chunk);
    }
}

/// The length that the client declares; a chunked body declares none.
fn announced_bytes(request: &HttpRequest) -> Option<usize> {
    let length = request.headers().get(CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

fn context(request: &HttpRequest) -> Result<(web::Data<AppState>, BusinessId), Problem> {
    let state = AppState::of(request)?;
    let extensions = request.extensions();
    let principal = extensions.get::<Principal>();
    let principal = principal.ok_or(Problem::new(ProblemCode::Unauthorized))?;
    Ok((state.clone(), principal.business.business_id()))
}

fn too_slow() -> Problem {
    Problem::new(ProblemCode::BodyTooSlow).detail(
        "The body came too slowly, and nothing was kept. Send it again over a better connection, or make it smaller.",
    )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures_util::stream;
    use tokio::time::sleep;

    use super::*;

    const BOUNDS: BodyBounds = BodyBounds {
        most_bytes: 1_000_000,
        timeout: Duration::from_secs(60),
    };

    /// Chunks of this many bytes, each after this time.
    async fn read(chunk_bytes: usize, every: Duration, chunks: usize) -> Result<usize, BodyError> {
        let chunks = stream::iter(0..chunks).then(|_| async move {
            sleep(every).await;
            Ok(Bytes::from(vec![b'x'; chunk_bytes]))
        });
        let read = collect(Box::pin(chunks), BOUNDS, async |_| Ok(())).await;
        read.map(|bytes| bytes.len())
    }

    fn is_too_slow(read: &Result<usize, BodyError>) -> bool {
        matches!(read, Err(BodyError::Refused(problem)) if problem.code() == ProblemCode::BodyTooSlow)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_be_slow_but_not_stand_still() {
        let second = Duration::from_secs(1);
        assert_eq!(read(2_000, second, 50).await.unwrap(), 100_000);
        let drips = read(1_000, second, 50).await;
        assert!(is_too_slow(&drips), "{drips:?}");
        let stands_still = read(100_000, 11 * second, 1).await;
        assert!(is_too_slow(&stands_still), "{stands_still:?}");
        let takes_too_long = read(2_000, second, 61).await;
        assert!(is_too_slow(&takes_too_long), "{takes_too_long:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_is_slowed_down_is_not_too_slow() {
        let chunks = stream::iter(0..20).map(|_| Ok(Bytes::from_static(&[b'x'; 1_000])));
        let chunks = chunks.then(async |chunk| {
            sleep(Duration::from_millis(500)).await;
            chunk
        });
        let read = collect(Box::pin(chunks), BOUNDS, async |_| {
            sleep(Duration::from_secs(8)).await;
            Ok(())
        });
        assert_eq!(read.await.unwrap().len(), 20_000);
    }

    #[tokio::test]
    async fn each_chunk_is_allowed_before_it_is_kept_and_none_beyond_the_most() {
        let chunk = || Ok(Bytes::from_static(&[b'x'; 600_000]));
        let allowed = Cell::new(0);
        let two = stream::iter([chunk(), chunk()]);
        let read = collect(two, BOUNDS, async |more| {
            allowed.set(allowed.get() + more);
            Ok(())
        });
        assert!(matches!(read.await, Err(BodyError::TooLarge)));
        assert_eq!(allowed.get(), 600_000);
        let refused = || Problem::new(ProblemCode::TooManyRequests);
        let read = collect(stream::iter([chunk()]), BOUNDS, async |_| {
            Err(BodyError::Refused(refused()))
        });
        assert!(matches!(read.await, Err(BodyError::Refused(_))));
    }
}
