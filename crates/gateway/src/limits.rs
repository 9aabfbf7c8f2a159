//! Limits of a business's use of shared resources, so that its excess does not affect other businesses.

use std::time::Duration;

use common::ids::BusinessId;
use fair_share::{Exhausted, FairShare, Permit};

use crate::body_rate::BodyRate;
use crate::metrics::Metrics;
use crate::problem::{Problem, ProblemCode};
use crate::settings::GatewaySettings;
use crate::work_permit::WorkPermit;

/// Seconds after which a refused call may succeed.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Bulk calls of one business that are checked and sealed at a time.
const BULK_CALLS_PER_BUSINESS: usize = 1;
/// How long a bulk call waits for others of its business.
const BULK_CALL_TIMEOUT: Duration = Duration::from_secs(10);

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

/// The limits for every call. The platform's own calls count as those of a business with the nil id.
pub(crate) struct Limits {
    calls: FairShare<BusinessId>,
    body_bytes: FairShare<BusinessId>,
    body_rate: BodyRate,
    bulk_calls: FairShare<BusinessId>,
}

/// Bytes of a body. They count until the body is dropped.
#[derive(Debug)]
pub(crate) struct BodyPermit(Permit);

impl Limits {
    pub(crate) fn new(settings: &GatewaySettings) -> Self {
        Self {
            calls: FairShare::new(settings.max_calls, settings.max_calls_per_business),
            body_bytes: FairShare::new(
                settings.max_body_bytes_in_memory,
                settings.max_body_bytes_in_memory_per_business,
            ),
            body_rate: BodyRate::new(settings.max_body_bytes_per_second_per_business),
            bulk_calls: FairShare::new(usize::MAX, BULK_CALLS_PER_BUSINESS),
        }
    }

    /// The permit of a call, until it is dropped.
    pub(crate) fn call(&self, business_id: BusinessId) -> Result<Permit, Problem> {
        let permit = self.calls.try_acquire(business_id, 1);
        permit.map_err(|exhausted| refused(Limit::Calls, exhausted))
    }

    /// Waits for the permit to check and seal the messages of a bulk call, until it is dropped. It lets a business use
    /// one CPU core for that, and leaves the rest to the others.
    pub(crate) async fn bulk_call(&self, business_id: BusinessId) -> Result<WorkPermit, Problem> {
        let permit = self.bulk_calls.acquire(business_id, BULK_CALL_TIMEOUT);
        let permit = permit.await;
        let permit = permit.map_err(|exhausted| refused(Limit::BulkCalls, exhausted))?;
        Ok(permit.into())
    }

    /// Waits until the business may send this many more bytes.
    pub(crate) async fn body_rate(&self, business_id: BusinessId, bytes: usize) {
        self.body_rate.wait(business_id, bytes).await;
    }

    /// The permit to hold this many bytes of a body.
    pub(crate) fn body_bytes(
        &self,
        business_id: BusinessId,
        bytes: usize,
    ) -> Result<BodyPermit, Problem> {
        let permit = self.body_bytes.try_acquire(business_id, bytes);
        permit
            .map(BodyPermit)
            .map_err(|exhausted| refused(Limit::BodyBytes, exhausted))
    }
}

impl BodyPermit {
    /// Adds the bytes of another permit of the same business.
    pub(crate) fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
    }
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
