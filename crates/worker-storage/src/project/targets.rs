//! Statuses by the message that they are of.

use std::collections::{BTreeMap, HashMap};

use common::ids::{BusinessId, MessageId};
use sealing::HashDomain;
use uuid::Uuid;

use super::numbers::{Owner, Owners};
use super::statuses::StatusUpdate;
use database::StorageError;
use database::{BatchTransaction, Store};

const BY_WAMID: &str = "select a.business_id, a.wamid_hash, a.message_id
    from attempts a join (select * from unnest($1::uuid[], $2::bytea[]) limit cardinality($1)) as w (business_id, wamid_hash)
        on a.business_id = w.business_id and a.wamid_hash = w.wamid_hash";

/// Statuses by the message that they are of.
pub(super) struct Targets<'a> {
    pub(super) known: BTreeMap<(BusinessId, MessageId), Vec<&'a StatusUpdate>>,
    pub(super) by_wamid: Vec<(BusinessId, &'a StatusUpdate)>,
    /// Every status with the business whose client it shows.
    pub(super) shown: Vec<(&'a Owner, &'a StatusUpdate)>,
    /// How many are of nobody's number, or name the message of somebody who never had the number.
    pub(super) foreign: usize,
}

impl<'a> Targets<'a> {
    /// Sorts statuses; their opaque ids are verified.
    pub(super) fn of(owners: &'a Owners, updates: &'a [StatusUpdate]) -> Self {
        let mut targets = Self {
            known: BTreeMap::new(),
            by_wamid: Vec::new(),
            shown: Vec::new(),
            foreign: 0,
        };
        for update in updates {
            let number = &update.phone_number_id;
            let all = owners.all(number);
            let Some((business_id, message_id)) = update.message else {
                targets.foreign += usize::from(all.is_empty());
                let each = all.iter().map(|owner| (owner.business_id, update));
                targets.by_wamid.extend(each);
                let present = owners.present(number).map(|owner| (owner, update));
                targets.shown.extend(present);
                continue;
            };
            match all.iter().find(|owner| owner.business_id == business_id) {
                None => targets.foreign += 1,
                Some(owner) => {
                    let of_message = targets.known.entry((business_id, message_id));
                    of_message.or_default().push(update);
                    targets.shown.push((owner, update));
                }
            }
        }
        targets
    }

    /// What is left names a message that does not exist (yet): a restored database may still learn of it.
    pub(super) fn unmatched(&self) -> Vec<(BusinessId, Option<MessageId>, &'a StatusUpdate)> {
        let known = self
            .known
            .iter()
            .flat_map(|((business_id, message_id), updates)| {
                let of_message =
                    |update: &&'a StatusUpdate| (*business_id, Some(*message_id), *update);
                updates.iter().map(of_message).collect::<Vec<_>>()
            });
        let by_wamid = self.by_wamid.iter();
        known
            .chain(by_wamid.map(|(business_id, update)| (*business_id, None, *update)))
            .collect()
    }

    /// Finds the messages of the statuses that carry no id of ours, by the hash of Meta's.
    pub(super) async fn find_by_wamid(
        &mut self,
        store: &Store,
        transaction: &BatchTransaction<'_>,
    ) -> Result<(), StorageError> {
        if self.by_wamid.is_empty() {
            return Ok(());
        }
        let (mut businesses, mut hashes): (Vec<Uuid>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
        let mut of_hash = HashMap::new();
        for (index, (business_id, update)) in self.by_wamid.iter().enumerate() {
            let keys = store.keys(*business_id).await?;
            for hash in keys.lookup_hashes(HashDomain::Wamid, update.detail.wamid.as_bytes()) {
                businesses.push(business_id.as_uuid());
                hashes.push(hash.bytes.to_vec());
                of_hash
                    .entry(hash.bytes.to_vec())
                    .or_insert_with(Vec::new)
                    .push(index);
            }
        }
        let statement = transaction.prepare_cached(BY_WAMID).await?;
        let mut found: HashMap<usize, MessageId> = HashMap::new();
        for row in transaction
            .query(&statement, &[&businesses, &hashes])
            .await?
        {
            let (hash, message): (Vec<u8>, Uuid) = (row.try_get(1)?, row.try_get(2)?);
            for index in of_hash.get(&hash).into_iter().flatten() {
                found.insert(*index, MessageId::from_uuid(message));
            }
        }
        for (index, (business_id, update)) in
            std::mem::take(&mut self.by_wamid).into_iter().enumerate()
        {
            match found.get(&index) {
                Some(message_id) => self
                    .known
                    .entry((business_id, *message_id))
                    .or_default()
                    .push(update),
                None => self.by_wamid.push((business_id, update)),
            }
        }
        Ok(())
    }
}
