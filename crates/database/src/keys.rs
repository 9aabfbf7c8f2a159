//! The keys of businesses, unwrapped once and kept for a while.

use std::sync::Arc;
use std::time::Duration;

use common::ids::BusinessId;
use moka::future::Cache;
use sealing::{BusinessKeys, MasterKeys};

use crate::error::{StorageError, in_time};

/// How many businesses' keys a process keeps unwrapped.
const CAPACITY: u64 = 10_000;
/// For how long: a rotated or destroyed key is noticed after this at the latest.
const LIFETIME: Duration = Duration::from_secs(300);

/// The master key and the unwrapped keys of businesses.
pub(crate) struct KeyCache {
    pub(crate) master: MasterKeys,
    cache: Cache<BusinessId, BusinessKeys>,
}

impl KeyCache {
    pub(crate) fn new(master: MasterKeys) -> Self {
        Self {
            master,
            cache: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFETIME)
                .build(),
        }
    }

    /// The keys of a business, read by `load` when they are not at hand; concurrent callers share one reading.
    pub(crate) async fn get<F>(
        &self,
        business_id: BusinessId,
        load: impl FnOnce() -> F,
    ) -> Result<BusinessKeys, Arc<StorageError>>
    where
        F: Future<Output = Result<BusinessKeys, StorageError>>,
    {
        // To prepare the loading costs more than to find.
        if let Some(keys) = self.cache.get(&business_id).await {
            return Ok(keys);
        }
        // In a place of its own: it is rarely needed, and large.
        Box::pin(self.cache.try_get_with(business_id, in_time(load()))).await
    }
}
