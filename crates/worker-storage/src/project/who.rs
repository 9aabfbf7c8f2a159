//! What statuses say of their recipients: who they are, and that they refused marketing in WhatsApp's settings.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use common::contact::{IdentifierHash, OptOutSource};
use common::feed::{ContactEvent, FeedEvent, OptOut};
use common::ids::BusinessId;

use super::merge::Row;
use super::numbers::Owner;
use super::statuses::StatusUpdate;
use crate::identity::{self, Evidence, Item, Source, Spoken};
use database::StorageError;
use database::{BatchTransaction, Store};
use storage::events::FeedEntry;

/// The evidence of the statuses of a batch. One identifier alone proves nothing, nor does a message to a group.
pub(super) async fn evidence(
    store: &Store,
    statuses: impl Iterator<Item = (&Owner, &StatusUpdate)>,
) -> Result<Vec<Evidence>, StorageError> {
    let mut evidence = Vec::new();
    let mut known = BTreeSet::new();
    for (owner, update) in statuses {
        let shows_two = [
            update.detail.recipient.wa_id.is_some(),
            update.detail.recipient.user_id.is_some(),
            update.detail.recipient.parent_user_id.is_some(),
        ];
        if update.detail.in_group || shows_two.iter().filter(|shows| **shows).count() < 2 {
            continue;
        }
        let keys = store.keys(owner.business_id).await?;
        let shown = identity::named(&keys, &update.detail.recipient, Some(&owner.waba_id));
        let hashes: Vec<IdentifierHash> = shown.iter().map(|named| named.identifier.hash).collect();
        // Sent, delivered and read of one message come in one batch.
        if known.insert((owner.business_id, hashes)) {
            evidence.push(Evidence {
                business_id: owner.business_id,
                source: Source::Status,
                item: Item::Together(shown),
            });
        }
    }
    Ok(evidence)
}

/// Writes the refusals that statuses of the rows show.
pub(super) async fn note_refusals(
    transaction: &BatchTransaction<'_>,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<Vec<FeedEntry>, StorageError> {
    let refused = || rows.iter().filter_map(|row| Some((row, row.refused_at?)));
    let businesses: BTreeSet<BusinessId> = refused().map(|(row, _)| row.business_id).collect();
    if businesses.is_empty() {
        return Ok(Vec::new());
    }
    identity::lock(transaction, &businesses).await?;
    let recipients = refused().map(|(row, _)| (row.business_id, row.recipient_hash));
    let people = identity::find(transaction, recipients).await?;
    let mut feed = Vec::new();
    for (row, at) in refused() {
        let spoken = Spoken {
            business_id: row.business_id,
            shown: &[row.recipient_hash],
            hash_version: row.hash_version,
            // The refusal was given before the message failed of it.
            at: at.min(now),
        };
        spoken
            .opt_out(transaction, &people, OptOutSource::Refusal)
            .await?;
        let refusal = OptOut::Refusal {
            message_id: row.message_id,
        };
        feed.push(FeedEntry {
            business_id: row.business_id,
            event: FeedEvent::Contact(ContactEvent::OptedOut(refusal)),
            occurred_at: at,
        });
    }
    Ok(feed)
}
