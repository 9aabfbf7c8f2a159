//! A person with several numbers gets one message of a campaign: the first that was made.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::ClaimContext;
use database::BatchTransaction;
use database::StorageError;

// Those whose campaign has an earlier message to another number of the same contact.
const SECOND: &str = "
    select m.id
    from (select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[]) limit cardinality($1))
        as m (business_id, id, campaign_id, recipient_hash)
    cross join lateral (
        select contact_id from contact_identifiers
        where business_id = m.business_id and hash = m.recipient_hash and until is null limit 1) c
    cross join lateral (
        select hash from contact_identifiers
        where business_id = m.business_id and contact_id = c.contact_id and hash <> m.recipient_hash and until is null
        limit 100) s
    cross join lateral (
        select audience_id from campaigns where business_id = m.business_id and campaign_id = m.campaign_id) a
    where exists (select from campaign_recipients r
        where r.business_id = m.business_id and r.audience_id = a.audience_id and r.recipient_hash = s.hash
            and r.message_id < m.id)";

/// Adds to the contexts which messages are a campaign's second to one person. A batch without people who have several
/// numbers asks nothing.
pub(super) async fn load(
    transaction: &BatchTransaction<'_>,
    contexts: &mut [ClaimContext],
) -> Result<(), StorageError> {
    let (mut businesses, mut messages) = (Vec::new(), Vec::new());
    let (mut campaigns, mut hashes): (Vec<Uuid>, Vec<&[u8]>) = (Vec::new(), Vec::new());
    for context in contexts.iter() {
        if let (Some(campaign_id), Some(_)) = (context.subject.campaign_id, &context.pair_hash) {
            businesses.push(context.subject.business_id.as_uuid());
            messages.push(context.subject.message_id.as_uuid());
            campaigns.push(campaign_id.as_uuid());
            hashes.push(&context.recipient_hash);
        }
    }
    if messages.is_empty() {
        return Ok(());
    }
    let statement = transaction.prepare_cached(SECOND).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &messages, &campaigns, &hashes])
        .await?;
    let seconds = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<BTreeSet<Uuid>, _>>()?;
    for context in contexts {
        context.eligibility.is_second_of_campaign =
            seconds.contains(&context.subject.message_id.as_uuid());
    }
    Ok(())
}
