//! Why messages expired before their time: noted beside their transitions, because few do.

use common::message::ExpiredReason;

use super::claim::MessageKey;
use super::transitions::Keys;
use database::BatchTransaction;
use database::StorageError;

const NOTE: &str = "
    update messages m set expired_reason = r.reason
    from (select * from unnest($1::uuid[], $2::uuid[], $3::smallint[]) limit cardinality($1))
        as r (business_id, id, reason)
    where m.business_id = r.business_id and m.id = r.id and m.id between $4 and $5";

/// Notes the reasons of messages that are locked.
pub(super) async fn note(
    transaction: &BatchTransaction<'_>,
    expired: &[(MessageKey, ExpiredReason)],
) -> Result<(), StorageError> {
    let Some(keys) = Keys::of(expired.iter().map(|(key, _)| *key)) else {
        return Ok(());
    };
    let reasons: Vec<i16> = expired.iter().map(|(_, reason)| reason.code()).collect();
    let statement = transaction.prepare_cached(NOTE).await?;
    transaction
        .execute(
            &statement,
            &[
                &keys.businesses,
                &keys.messages,
                &reasons,
                &keys.first,
                &keys.last,
            ],
        )
        .await?;
    Ok(())
}
