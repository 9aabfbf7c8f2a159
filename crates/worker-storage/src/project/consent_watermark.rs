//! How far opt-outs are applied.

use chrono::{DateTime, Utc};

use database::StorageError;
use database::{BatchRole, Store};

/// The name of the watermark up to which every opt-out is applied.
const CONSENT_STAMP: &str = "consent_applied_until";
const STAMP: &str = "insert into watermarks (name, up_to_time) values ($1, $2)
    on conflict (name) do update set up_to_time = greatest(watermarks.up_to_time, excluded.up_to_time)";

/// Says that every opt-out whose webhook was answered before `until` is applied.
///
/// # Errors
/// When the database is not available.
pub async fn advance_consent_watermark(
    store: &Store,
    until: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    transaction
        .execute(STAMP, &[&CONSENT_STAMP, &until])
        .await?;
    transaction.commit().await
}
