//! Customer service windows inside a worker's transaction: renewed when a client writes, asked for when a message without
//! a template is judged.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::contact::IdentifierHash;
use common::ids::{BusinessId, MessageId, PhoneNumberId};
use common::message::Window;
use common::template::Category;

use super::claim::{ClaimContext, MessageKey};
use super::transitions::Keys;
use database::BatchTransaction;
use database::StorageError;

const RENEW: &str = "
    insert into service_windows (business_id, phone_number_id, contact_hash, hash_version, last_inbound_at)
    values ($1, $2, $3, $4, $5)
    on conflict (business_id, phone_number_id, contact_hash) do update
        set last_inbound_at = greatest(service_windows.last_inbound_at, excluded.last_inbound_at)";
const OF_MESSAGES: &str = "
    select m.business_id, m.id, w.last_inbound_at
    from messages m join (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as k (business_id, id)
        on m.business_id = k.business_id and m.id = k.id
    join service_windows w on w.business_id = m.business_id and w.phone_number_id = m.phone_number_id
        and w.contact_hash = m.recipient_hash
    where m.id between $3 and $4";

/// A client wrote to a number.
pub(super) async fn renew(
    transaction: &BatchTransaction<'_>,
    business_id: BusinessId,
    phone_number_id: &PhoneNumberId,
    client: &IdentifierHash,
    hash_version: i16,
    wrote_at: DateTime<Utc>,
) -> Result<(), StorageError> {
    let hash: &[u8] = client;
    let statement = transaction.prepare_cached(RENEW).await?;
    transaction
        .execute(
            &statement,
            &[
                &business_id.as_uuid(),
                &phone_number_id.as_str(),
                &hash,
                &hash_version,
                &wrote_at,
            ],
        )
        .await?;
    Ok(())
}

/// The windows of locked messages; of those whose recipient never wrote there is none.
pub(super) async fn of(
    transaction: &BatchTransaction<'_>,
    messages: impl IntoIterator<Item = MessageKey>,
) -> Result<BTreeMap<MessageKey, Window>, StorageError> {
    let Some(keys) = Keys::of(messages) else {
        return Ok(BTreeMap::new());
    };
    let statement = transaction.prepare_cached(OF_MESSAGES).await?;
    let rows = transaction
        .query(
            &statement,
            &[&keys.businesses, &keys.messages, &keys.first, &keys.last],
        )
        .await?;
    let windows = rows.iter().map(|row| {
        let key = (
            BusinessId::from_uuid(row.try_get(0)?),
            MessageId::from_uuid(row.try_get(1)?),
        );
        let window = Window {
            last_inbound_at: row.try_get(2)?,
        };
        Ok((key, window))
    });
    windows.collect()
}

/// Adds the windows to the contexts of messages without a template; a batch without any asks nothing.
pub(super) async fn load(
    transaction: &BatchTransaction<'_>,
    contexts: &mut [ClaimContext],
) -> Result<(), StorageError> {
    let key = |context: &ClaimContext| (context.subject.business_id, context.subject.message_id);
    let replies = contexts
        .iter()
        .filter(|context| context.eligibility.category == Category::Service);
    let windows = of(transaction, replies.map(key)).await?;
    for context in contexts {
        context.eligibility.window = windows.get(&key(context)).copied().unwrap_or_default();
    }
    Ok(())
}
