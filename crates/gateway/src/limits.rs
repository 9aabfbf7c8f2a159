//! What one business may take of what all share, so that its excess is answered to itself and to nobody else.

use std::time::Duration;

use common::ids::BusinessId;
use fair_share::{Exhausted, FairShare, Permit};

use crate::body_rate::BodyRate;
use crate::metrics::Metrics;
use crate::problem::{Problem, ProblemCode};
use crate::settings::GatewaySettings;

/// Seconds after which a limit may no longer be reached.
const RETRY_AFTER_SECONDS: u32 = 2;

/// Bulk calls of one business that are checked and sealed at a time.
const BULK_CALLS_PER_BUSINESS: usize = 1;
/// How long a bulk call waits for the others of its business.
const BULK_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// What is limited: a label of the metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Calls that are answered at a time.
    Calls,
    /// Bytes of bodies in memory.
    BodyBytes,
    /// Bulk calls whose messages are checked and sealed at a time.
    BulkCalls,
    /// Imports of audiences that run at a time.
    Imports,
    /// Calls, and their messages, that wait to be committed.
    WaitingMessages,
    /// Connections to the database.
    Connections,
}

/// The limits that hold for every call. The platform's own calls count as those of a business with the nil id.
pub(crate) struct Limits {
    calls: FairShare<BusinessId>,
    body_bytes: FairShare<BusinessId>,
    body_rate: BodyRate,
    bulk_calls: FairShare<BusinessId>,
}

/// Bytes of a body. They count until it is dropped.
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

    /// The right to be answered, until it is dropped.
    pub(crate) fn call(&self, business_id: BusinessId) -> Result<Permit, Problem> {
        let permit = self.calls.try_acquire(business_id, 1);
        permit.map_err(|exhausted| refused(Limit::Calls, exhausted))
    }

    /// Waits for the right to check and seal the messages of a bulk call, until it is dropped: a business has one
    /// processor for that, and the others have the rest.
    pub(crate) async fn bulk_call(&self, business_id: BusinessId) -> Result<Permit, Problem> {
        let permit = self.bulk_calls.acquire(business_id, BULK_CALL_TIMEOUT);
        permit
            .await
            .map_err(|exhausted| refused(Limit::BulkCalls, exhausted))
    }

    /// Waits until the business may send on after so many bytes.
    pub(crate) async fn body_rate(&self, business_id: BusinessId, bytes: usize) {
        self.body_rate.wait(business_id, bytes).await;
    }

    /// The right to hold so many bytes of a body.
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

/// The answer to whoever reached a limit: 429 for the business's own, 503 for that of all.
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
                "Too many calls of this business are being answered at this moment. Nothing was kept of this one. Repeat it \
                 after the seconds in Retry-After, and make fewer calls at a time: one call takes up to 1,000 messages."
            }
            Self::BodyBytes => {
                "This business is sending too many bytes at this moment. Nothing was kept of this call. Repeat it after the \
                 seconds in Retry-After, and send fewer files at a time."
            }
            Self::BulkCalls => {
                "Other bulk calls of this business were handled for long, and this one waited for them in vain. Nothing was kept \
                 of it. Repeat it after the seconds in Retry-After, with the same Idempotency-Key."
            }
            Self::WaitingMessages => {
                "Too many messages of this business wait to be stored at this moment. Nothing was kept of this call. Repeat it \
                 after the seconds in Retry-After, with the same Idempotency-Key."
            }
            Self::Connections => {
                "Other calls of this business have been at work for long, and this one waited for them in vain. Nothing was \
                 kept of it. Repeat it after the seconds in Retry-After, and make fewer calls at a time."
            }
            Self::Imports => {
                "Another audience of this business is being imported at this moment. Nothing was changed. Repeat the call \
                 when that import has ended."
            }
        }
    }
}
