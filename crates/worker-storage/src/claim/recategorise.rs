//! Messages whose template changed its category after they were accepted: they are stored with the new one, so that what
//! happens in doubt, and what the business reads, follow it. For all others this costs nothing.

use common::template::Category;

use super::{ClaimContext, Decision};
use crate::transitions::Keys;
use database::BatchTransaction;
use database::StorageError;

const STORE: &str = "
    update messages m set category = u.category
    from (select * from unnest($1::uuid[], $2::uuid[], $3::smallint[]) limit cardinality($1))
        as u (business_id, id, category)
    where m.business_id = u.business_id and m.id = u.id and m.id between $4 and $5";

/// Stores the new categories of what was decided.
pub(super) async fn store(
    transaction: &BatchTransaction<'_>,
    decided: &[(&ClaimContext, Decision)],
) -> Result<(), StorageError> {
    let changed: Vec<_> = decided
        .iter()
        .filter_map(|(context, _)| Some((&context.subject, context.recategorised.as_ref()?)))
        .collect();
    let keys = changed
        .iter()
        .map(|(subject, _)| (subject.business_id, subject.message_id));
    let Some(keys) = Keys::of(keys) else {
        return Ok(());
    };
    let categories: Vec<i16> = changed
        .iter()
        .map(|(_, category)| Category::code(category))
        .collect();
    let statement = transaction.prepare_cached(STORE).await?;
    transaction
        .execute(
            &statement,
            &[
                &keys.businesses,
                &keys.messages,
                &categories,
                &keys.first,
                &keys.last,
            ],
        )
        .await?;
    Ok(())
}
