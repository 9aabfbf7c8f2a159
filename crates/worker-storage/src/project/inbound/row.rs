//! The row of a client's message.

use common::ids::InboundId;
use common::keyword::Keyword;
use sealing::HashDomain;

use super::{Batch, Inbound, taken_back};
use crate::identity::People;
use database::StorageError;
use database::seal_contexts;

const INSERT: &str = "insert into inbound_messages
    (business_id, id, phone_number_id, type, hash_version, sender_hash, content_sealed, keyword, occurred_at, wamid_hash,
        revokes_hash, revoked_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

impl Batch<'_> {
    /// Stores the message, and does what it says of an earlier one. What was taken back before it came has no content.
    pub(super) async fn store_row(
        &self,
        inbound: &Inbound<'_>,
        people: &People,
    ) -> Result<InboundId, StorageError> {
        let (message, keys) = (inbound.message, &inbound.keys);
        let business = inbound.business_id.as_uuid();
        let wamid_hash = |wamid: &str| {
            keys.lookup_hash(HashDomain::Wamid, wamid.as_bytes())
                .bytes
                .to_vec()
        };
        let own = wamid_hash(&message.content.wamid);
        let revokes = message.content.revoked_wamid.as_deref().map(wamid_hash);
        let person: Vec<Vec<u8>> = inbound
            .hashes_of_person(people)
            .iter()
            .map(|hash| hash.to_vec())
            .collect();
        if let Some(revoked) = &revokes {
            taken_back::erase(self.transaction, business, revoked, &person, self.now).await?;
        }
        let is_taken_back = taken_back::precedes(self.transaction, business, &own, &person).await?;
        let id = InboundId::new(self.now);
        let uuid = id.as_uuid();
        let sealed = if is_taken_back {
            None
        } else {
            let content = serde_json::to_vec(&message.content).unwrap_or_default();
            Some(keys.seal(
                &seal_contexts::inbound_message(inbound.business_id, &uuid),
                &content,
            )?)
        };
        let statement = self.transaction.prepare_cached(INSERT).await?;
        self.transaction
            .execute(
                &statement,
                &[
                    &business,
                    &uuid,
                    &message.phone_number_id.as_str(),
                    &message.message_type,
                    &inbound.hash_version(),
                    &inbound.sender_hash().as_slice(),
                    &sealed,
                    &inbound.keyword.map(Keyword::code),
                    &message.occurred_at,
                    &own,
                    &revokes,
                    &is_taken_back.then_some(self.now),
                ],
            )
            .await?;
        Ok(id)
    }
}
