//! Stopping the numbers of an account whose token Meta refuses: nothing is sent with it until a new one is connected.

use chrono::{DateTime, Utc};
use cloud_api::ApiError;
use storage::{StorageError, Store};
use worker_storage::template_sync::{self, Account, StoredToken};

use crate::metrics::Metrics;
use crate::reason;

/// Stops the numbers, unless the token was replaced meanwhile.
pub(crate) async fn stop_numbers(
    store: &Store,
    account: &Account,
    stored: &StoredToken,
    error: &ApiError,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let reason = reason::of_stop(error);
    let stopped = template_sync::stop_numbers(store, account, stored, &reason, now).await?;
    Metrics::get()
        .stopped_numbers
        .inc_by(u64::try_from(stopped).unwrap_or(u64::MAX));
    Ok(())
}
