//! Limits of a business's use of shared resources, so that its excess does not affect other businesses.

use std::time::Duration;

use common::ids::BusinessId;
use fair_share::{FairShare, Permit};

use crate::body_rate::BodyRate;
use crate::problem::{Limit, Problem, refused};
use crate::settings::GatewaySettings;
use crate::work_permit::WorkPermit;

/// Bulk calls of one business that are checked and sealed at a time.
const BULK_CALLS_PER_BUSINESS: usize = 1;
/// How long a bulk call waits for others of its business.
const BULK_CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Imports of audiences at a time: each holds its file in memory and occupies a thread.
const IMPORTS: usize = 4;
/// How many of them may belong to one business.
const IMPORTS_PER_BUSINESS: usize = 1;
/// How long an import waits for its permit while its file is in memory.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(30);

/// The limits for every call. The platform's own calls count as those of a business with the nil id.
pub(crate) struct Limits {
    calls: FairShare<BusinessId>,
    body_bytes: FairShare<BusinessId>,
    body_rate: BodyRate,
    bulk_calls: FairShare<BusinessId>,
    imports: FairShare<BusinessId>,
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
            imports: FairShare::new(IMPORTS, IMPORTS_PER_BUSINESS),
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

    /// Waits for the permit to import an audience, until it is dropped; first come, first served. A client that
    /// disconnects frees nothing early.
    pub(crate) async fn import(&self, business_id: BusinessId) -> Result<WorkPermit, Problem> {
        let permit = self.imports.acquire(business_id, IMPORT_TIMEOUT).await;
        let permit = permit.map_err(|exhausted| refused(Limit::Imports, exhausted))?;
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::problem::ProblemCode;

    fn business() -> BusinessId {
        BusinessId::from_uuid(Uuid::new_v4())
    }

    #[tokio::test(start_paused = true)]
    async fn a_business_imports_one_file_at_a_time_and_all_of_them_four() {
        let limits = Limits::new(&GatewaySettings::default());
        let one = business();
        let mut held = vec![limits.import(one).await.unwrap()];
        let own = limits.import(one).await.map(drop).unwrap_err();
        assert_eq!(own.code(), ProblemCode::TooManyRequests);
        for _ in 1..IMPORTS {
            held.push(limits.import(business()).await.unwrap());
        }
        let of_all = limits.import(business()).await.map(drop).unwrap_err();
        assert_eq!(of_all.code(), ProblemCode::Unavailable);
        held.clear();
        limits.import(one).await.unwrap();
    }
}
