//! The problem of a call that a limit refuses.

use fair_share::Exhausted;

use super::{Problem, ProblemCode};
use crate::metrics::Metrics;

/// Seconds after which a refused call may succeed.
const RETRY_AFTER_SECONDS: u32 = 2;

/// The limited resource: a label of the metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Concurrent calls.
    Calls,
    /// Bytes of bodies in memory.
    BodyBytes,
    /// Concurrent bulk calls whose messages are checked and sealed.
    BulkCalls,
    /// Concurrent imports of audiences.
    Imports,
    /// Calls and their messages in the commit queue.
    WaitingMessages,
    /// Connections to the database.
    Connections,
}

/// The response when a limit was reached: 429 for the business's own, 503 for that of all businesses.
pub(crate) fn refused(limit: Limit, exhausted: Exhausted) -> Problem {
    let (code, scope) = match exhausted {
        Exhausted::Share => (ProblemCode::TooManyRequests, "business"),
        Exhausted::Total => (ProblemCode::Unavailable, "all"),
    };
    let labels = [limit.as_str(), scope];
    Metrics::get()
        .limits_reached
        .with_label_values(&labels)
        .inc();
    let problem = Problem::new(code).retry_after(RETRY_AFTER_SECONDS);
    match exhausted {
        Exhausted::Share => problem.detail(limit.explain()),
        Exhausted::Total => problem.caused_by(format!("{}: {exhausted}", limit.as_str())),
    }
}

impl Limit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::BodyBytes => "body_bytes",
            Self::BulkCalls => "bulk_calls",
            Self::Imports => "imports",
            Self::WaitingMessages => "waiting_messages",
            Self::Connections => "connections",
        }
    }

    const fn explain(self) -> &'static str {
        match self {
            Self::Calls => {
                "Too many calls of this business are in progress. Nothing was kept of this call. Repeat it after \
                 the seconds in Retry-After, and make fewer calls at a time: one call takes up to 1,000 messages."
            }
            Self::BodyBytes => {
                "This business is sending too many bytes at a time. Nothing was kept of this call. Repeat it \
                 after the seconds in Retry-After, and send fewer files at a time."
            }
            Self::BulkCalls => {
                "This call timed out waiting for other bulk calls of this business. Nothing was kept of it. \
                 Repeat it after the seconds in Retry-After, with the same Idempotency-Key."
            }
            Self::WaitingMessages => {
                "Too many messages of this business are waiting to be stored. Nothing was kept of this call. \
                 Repeat it after the seconds in Retry-After, with the same Idempotency-Key."
            }
            Self::Connections => {
                "This call timed out waiting for other calls of this business. Nothing was kept of it. Repeat it \
                 after the seconds in Retry-After, and make fewer calls at a time."
            }
            Self::Imports => {
                "Another audience of this business is being imported. Nothing was changed. Repeat the call when \
                 that import has ended."
            }
        }
    }
}
