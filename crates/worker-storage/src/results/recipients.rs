//! What answers say of the recipients: what Meta calls them, and that they refused marketing in WhatsApp's settings.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use common::contact::OptOutSource;
use common::feed::{ContactEvent, FeedEvent, OptOut};
use common::ids::BusinessId;

use super::answer::{Answer, AnsweredRecipient};
use super::writes::Change;
use crate::claim::MessageKey;
use crate::identity::{self, Evidence, Item, Named, Source, Spoken};
use database::StorageError;
use database::{BatchTransaction, Store};
use storage::events::FeedEntry;

/// Links the recipients whom answers name, and writes the refusals that answers show.
pub(super) async fn apply(
    store: &Store,
    transaction: &BatchTransaction<'_>,
    answers: &[Answer],
    rows: &BTreeMap<MessageKey, Change>,
    now: DateTime<Utc>,
) -> Result<Vec<FeedEntry>, StorageError> {
    let mut evidence = Vec::new();
    for answer in answers {
        if let Some(recipient) = &answer.recipient
            && rows.contains_key(&answer.key())
        {
            evidence.push(of(store, answer.business_id, recipient).await?);
        }
    }
    let people = identity::link(store, transaction, &evidence, now).await?;
    let mut feed = people.events;
    feed.extend(note_refusals(transaction, answers, rows).await?);
    Ok(feed)
}

async fn of(
    store: &Store,
    business_id: BusinessId,
    recipient: &AnsweredRecipient,
) -> Result<Evidence, StorageError> {
    let keys = store.keys(business_id).await?;
    let mut shown = identity::named(&keys, &recipient.identity, Some(&recipient.waba_id));
    // Last: what Meta calls the person counts more.
    shown.extend(
        recipient
            .posted_to
            .as_ref()
            .map(|number| Named::written(&keys, number)),
    );
    Ok(Evidence {
        business_id,
        source: Source::PostAnswer,
        item: Item::Together(shown),
    })
}

async fn note_refusals(
    transaction: &BatchTransaction<'_>,
    answers: &[Answer],
    rows: &BTreeMap<MessageKey, Change>,
) -> Result<Vec<FeedEntry>, StorageError> {
    let refused: Vec<(&Answer, &Change)> = answers
        .iter()
        .filter(|answer| answer.detail.error_code == Some(identity::MARKETING_STOPPED))
        .filter_map(|answer| Some((answer, rows.get(&answer.key())?)))
        .collect();
    let businesses: BTreeSet<BusinessId> = refused
        .iter()
        .map(|(answer, _)| answer.business_id)
        .collect();
    if businesses.is_empty() {
        return Ok(Vec::new());
    }
    identity::lock(transaction, &businesses).await?;
    let recipients = refused
        .iter()
        .map(|(answer, change)| (answer.business_id, change.row.recipient_hash));
    let people = identity::find(transaction, recipients).await?;
    let mut feed = Vec::new();
    for (answer, change) in refused {
        let spoken = Spoken {
            business_id: answer.business_id,
            shown: &[change.row.recipient_hash],
            hash_version: change.row.hash_version,
            at: answer.ended_at,
        };
        spoken
            .opt_out(transaction, &people, OptOutSource::Refusal)
            .await?;
        let refusal = OptOut::Refusal {
            message_id: answer.message_id,
        };
        feed.push(FeedEntry {
            business_id: answer.business_id,
            event: FeedEvent::Contact(ContactEvent::OptedOut(refusal)),
            occurred_at: answer.ended_at,
        });
    }
    Ok(feed)
}
