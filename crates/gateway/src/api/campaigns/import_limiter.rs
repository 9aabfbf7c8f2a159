//! Limits concurrent imports, in all and for each business. A client that disconnects frees nothing early.

use std::time::Duration;

use common::ids::BusinessId;
use fair_share::FairShare;

use crate::limits::{Limit, refused};
use crate::problem::Problem;
use crate::work_permit::WorkPermit;

/// How many imports run at a time: each holds its file in memory and occupies a thread.
const IMPORTS: usize = 4;
/// How many of them may belong to one business.
const IMPORTS_PER_BUSINESS: usize = 1;
/// How long an import waits for its permit while its file is in memory.
const PATIENCE: Duration = Duration::from_secs(30);

/// Grants permits to imports.
pub(crate) struct ImportLimiter(FairShare<BusinessId>);

impl Default for ImportLimiter {
    fn default() -> Self {
        Self(FairShare::new(IMPORTS, IMPORTS_PER_BUSINESS))
    }
}

impl ImportLimiter {
    /// Acquires a permit, first come, first served.
    pub(super) async fn acquire(&self, business_id: BusinessId) -> Result<WorkPermit, Problem> {
        let permit = self.0.acquire(business_id, PATIENCE).await;
        let permit = permit.map_err(|exhausted| refused(Limit::Imports, exhausted))?;
        Ok(permit.into())
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
        let imports = ImportLimiter::default();
        let one = business();
        let mut held = vec![imports.acquire(one).await.unwrap()];
        let own = imports.acquire(one).await.map(drop).unwrap_err();
        assert_eq!(own.code(), ProblemCode::TooManyRequests);
        for _ in 1..IMPORTS {
            held.push(imports.acquire(business()).await.unwrap());
        }
        let of_all = imports.acquire(business()).await.map(drop).unwrap_err();
        assert_eq!(of_all.code(), ProblemCode::Unavailable);
        held.clear();
        imports.acquire(one).await.unwrap();
    }
}
