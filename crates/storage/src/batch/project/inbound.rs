//! What clients wrote: stored sealed, recognised as an opt-out where it is one, and told in the feed.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use common::ids::{BusinessId, InboundId, PhoneNumberId};
use common::keyword::{Keyword, recognise};
use common::message::opens_window;
use common::phone::E164;
use common::wire::InboundContent;
use sealing::{BusinessKeys, LookupDomain, LookupHash};

use super::numbers::businesses_of;
use crate::batch::events::{self, EventType, NewEvent};
use crate::batch::windows;
use crate::error::StorageError;
use crate::places::{self, ContactColumn};
use crate::store::{BatchRole, BatchTransaction, Store};

/// The name of the stamp up to which every opt-out is applied.
const CONSENT_STAMP: &str = "consent_applied_until";
const SEEN: &str =
    "insert into seen_updates (phone_number_id, update_hash, seen_at) values ($1, $2, $3)
    on conflict do nothing";
const INSERT: &str = "insert into inbound_messages
    (business_id, id, phone_number_id, type, hash_version, sender_hash, content_sealed, keyword, occurred_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const CONTACT: &str = "insert into contacts
        (business_id, contact_hash, hash_version, phone_sealed, bsuid_sealed, last_inbound_at)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (business_id, contact_hash) do update
        set last_inbound_at = greatest(contacts.last_inbound_at, excluded.last_inbound_at),
            bsuid_sealed = coalesce(excluded.bsuid_sealed, contacts.bsuid_sealed)";
/// The later word holds, in whatever order the two are read; of two in one second of Meta's clock, the opt-out does.
const OPT_OUT: &str = "insert into suppressions
        (business_id, recipient_hash, hash_version, source, opted_out_at, lifted_at)
    values ($1, $2, $3, 'keyword', $4, null)
    on conflict (business_id, recipient_hash) do update set opted_out_at = excluded.opted_out_at, lifted_at = null
    where excluded.opted_out_at >= greatest(suppressions.opted_out_at, suppressions.lifted_at)";
const OPT_IN: &str = "insert into suppressions
        (business_id, recipient_hash, hash_version, source, opted_out_at, lifted_at)
    values ($1, $2, $3, 'keyword', $4, $4)
    on conflict (business_id, recipient_hash) do update set lifted_at = excluded.lifted_at
    where excluded.lifted_at > greatest(suppressions.opted_out_at, suppressions.lifted_at)";
const STAMP: &str = "insert into watermarks (name, up_to_time) values ($1, $2)
    on conflict (name) do update set up_to_time = greatest(watermarks.up_to_time, excluded.up_to_time)";

/// A message of a client.
pub struct InboundMessage {
    /// The number that it came to.
    pub phone_number_id: PhoneNumberId,
    /// Meta's word for its kind.
    pub message_type: String,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
    /// What names a person.
    pub content: InboundContent,
}

/// What became of a batch of inbound messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InboundOutcome {
    /// Stored for the first time.
    pub stored: usize,
    /// Known already.
    pub repeated: usize,
    /// Of a number that is nobody's.
    pub foreign: usize,
    /// Opt-outs among them.
    pub opted_out: usize,
}

/// Applies a batch of inbound messages in one transaction, in their order.
///
/// # Errors
/// When the database is not available: nothing was changed, and the batch may be applied again.
pub async fn apply_inbound(
    store: &Store,
    messages: &[InboundMessage],
    now: DateTime<Utc>,
) -> Result<InboundOutcome, StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let owners = businesses_of(
        &transaction,
        messages.iter().map(|message| &message.phone_number_id),
    )
    .await?;
    let mut outcome = InboundOutcome::default();
    let mut feed = Vec::new();
    let mut opted: HashSet<(BusinessId, [u8; 32])> = HashSet::new();
    for message in messages {
        let Some(business_id) = owners.get(&message.phone_number_id).copied() else {
            outcome.foreign += 1;
            continue;
        };
        let keys = store.keys(business_id).await?;
        if !is_new(&transaction, &keys, message, now).await? {
            outcome.repeated += 1;
            continue;
        }
        let sender = Sender::of(&keys, &message.content);
        let id = insert(&transaction, &keys, business_id, message, &sender, now).await?;
        remember_contact(&transaction, &keys, business_id, message, &sender).await?;
        if opens_window(&message.message_type) {
            let (number, at) = (&message.phone_number_id, message.occurred_at);
            windows::renew(&transaction, business_id, number, &sender.hash, at).await?;
        }
        outcome.stored += 1;
        feed.push(event(business_id, EventType::InboundReceived, message, id));
        if let Some((sql, event_type)) = consent_change(sender.keyword) {
            let hash: &[u8] = &sender.hash.bytes;
            let row = (
                &business_id.as_uuid(),
                &hash,
                &sender.hash.version,
                &message.occurred_at,
            );
            transaction
                .execute(sql, &[row.0, row.1, row.2, row.3])
                .await?;
            feed.push(event(business_id, event_type, message, id));
            if event_type == EventType::ContactOptedOut
                && opted.insert((business_id, sender.hash.bytes))
            {
                outcome.opted_out += 1;
            }
        }
    }
    events::append(&transaction, now, &feed).await?;
    transaction.commit().await?;
    Ok(outcome)
}

/// Says that every opt-out whose webhook was answered before `until` is applied.
///
/// # Errors
/// When the database is not available.
pub async fn stamp_consent(store: &Store, until: DateTime<Utc>) -> Result<(), StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    transaction
        .execute(STAMP, &[&CONSENT_STAMP, &until])
        .await?;
    transaction.commit().await
}

/// Who wrote, and what the words ask for.
struct Sender {
    phone: Option<E164>,
    hash: LookupHash,
    keyword: Option<Keyword>,
}

impl Sender {
    /// The sender by number, or by business-scoped user id when WhatsApp hides the number.
    fn of(keys: &BusinessKeys, content: &InboundContent) -> Self {
        let phone = content
            .sender
            .wa_id
            .as_deref()
            .and_then(|digits| E164::parse_strict(&format!("+{digits}")).ok());
        let hash = match (&phone, &content.sender.user_id) {
            (Some(phone), _) => keys.lookup_hash(LookupDomain::Phone, phone.expose().as_bytes()),
            (None, bsuid) => {
                let id = bsuid
                    .as_deref()
                    .or(content.sender.wa_id.as_deref())
                    .unwrap_or_default();
                keys.lookup_hash(LookupDomain::Bsuid, id.as_bytes())
            }
        };
        let keyword = content.words.iter().find_map(|words| recognise(words));
        Self {
            phone,
            hash,
            keyword,
        }
    }
}

async fn is_new(
    transaction: &BatchTransaction<'_>,
    keys: &BusinessKeys,
    message: &InboundMessage,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let hash = keys.lookup_hash(LookupDomain::Wamid, message.content.wamid.as_bytes());
    let (number, hash): (&str, &[u8]) = (message.phone_number_id.as_str(), &hash.bytes);
    let statement = transaction.prepare_cached(SEEN).await?;
    Ok(transaction
        .execute(&statement, &[&number, &hash, &now])
        .await?
        == 1)
}

async fn insert(
    transaction: &BatchTransaction<'_>,
    keys: &BusinessKeys,
    business_id: BusinessId,
    message: &InboundMessage,
    sender: &Sender,
    now: DateTime<Utc>,
) -> Result<InboundId, StorageError> {
    let id = InboundId::new(now);
    let (uuid, content) = (
        id.as_uuid(),
        serde_json::to_vec(&message.content).unwrap_or_default(),
    );
    let sealed = keys.seal(&places::inbound_message(business_id, &uuid), &content)?;
    let hash: &[u8] = &sender.hash.bytes;
    let statement = transaction.prepare_cached(INSERT).await?;
    transaction
        .execute(
            &statement,
            &[
                &business_id.as_uuid(),
                &uuid,
                &message.phone_number_id.as_str(),
                &message.message_type,
                &sender.hash.version,
                &hash,
                &sealed,
                &sender.keyword.map(Keyword::code),
                &message.occurred_at,
            ],
        )
        .await?;
    Ok(id)
}

async fn remember_contact(
    transaction: &BatchTransaction<'_>,
    keys: &BusinessKeys,
    business_id: BusinessId,
    message: &InboundMessage,
    sender: &Sender,
) -> Result<(), StorageError> {
    let hash: &[u8] = &sender.hash.bytes;
    let seal = |column, plain: &str| {
        keys.seal(
            &places::contact(business_id, hash, column),
            plain.as_bytes(),
        )
    };
    let phone = sender
        .phone
        .as_ref()
        .map(|phone| seal(ContactColumn::Phone, phone.expose()))
        .transpose()?;
    let bsuid = message.content.sender.user_id.as_deref();
    let bsuid = bsuid
        .map(|bsuid| seal(ContactColumn::Bsuid, bsuid))
        .transpose()?;
    let statement = transaction.prepare_cached(CONTACT).await?;
    transaction
        .execute(
            &statement,
            &[
                &business_id.as_uuid(),
                &hash,
                &sender.hash.version,
                &phone,
                &bsuid,
                &message.occurred_at,
            ],
        )
        .await?;
    Ok(())
}

const fn consent_change(keyword: Option<Keyword>) -> Option<(&'static str, EventType)> {
    match keyword {
        Some(Keyword::OptOut) => Some((OPT_OUT, EventType::ContactOptedOut)),
        Some(Keyword::OptIn) => Some((OPT_IN, EventType::ContactOptedIn)),
        Some(Keyword::Support) | None => None,
    }
}

fn event(
    business_id: BusinessId,
    event_type: EventType,
    message: &InboundMessage,
    id: InboundId,
) -> NewEvent {
    let keyword = message
        .content
        .words
        .iter()
        .find_map(|words| recognise(words))
        .map(Keyword::as_str);
    let data = serde_json::json!({"type": message.message_type, "keyword": keyword});
    NewEvent::new(business_id, event_type, data, message.occurred_at).with_inbound(id)
}
