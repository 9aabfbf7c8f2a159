//! What clients wrote to a business; the content is sealed.

use chrono::{DateTime, Utc};
use common::ids::{InboundId, PhoneNumberId, first_uuid_at};
use common::keyword::Keyword;
use common::phone::E164;
use common::wire::InboundContent;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::{BusinessKeys, HashDomain};
use uuid::Uuid;

use crate::contacts;
use database::StorageError;
use database::lookup;
use database::schema::inbound_messages;
use database::seal_contexts;
use database::{BusinessScope, ScopedTransaction};

/// A message of a client.
pub struct InboundMessage {
    /// Its id.
    pub id: InboundId,
    /// The number that it was sent to.
    pub phone_number_id: PhoneNumberId,
    /// Meta's word: `text`, `button`, `image`, …
    pub message_type: String,
    /// The keyword that it consists of, if it does.
    pub keyword: Option<Keyword>,
    /// What it says and who sent it: personal data; `None` since its writer took it back.
    pub content: Option<InboundContent>,
    /// When its writer took it back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
}

/// Which messages are asked for; all conditions hold together.
#[derive(Default)]
pub struct InboundFilter {
    /// To this number.
    pub phone_number_id: Option<PhoneNumberId>,
    /// Of this sender.
    pub sender: Option<SenderFilter>,
    /// That came at this time or later.
    pub received_since: Option<DateTime<Utc>>,
    /// That came before this time.
    pub received_until: Option<DateTime<Utc>>,
    /// Older than this message.
    pub before: Option<InboundId>,
}

/// A sender, by any name; messages under all names of the contact are found.
pub struct SenderFilter {
    /// Their number; several when it may be read in several ways.
    pub numbers: Vec<E164>,
    /// Their id, when they have no number that can be read.
    pub id: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = inbound_messages, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    phone_number_id: String,
    type_: String,
    keyword: Option<i16>,
    content_sealed: Option<Vec<u8>>,
    occurred_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl InboundMessage {
    fn open(scope: &BusinessScope, keys: &BusinessKeys, row: Row) -> Result<Self, StorageError> {
        let corrupt = |column| StorageError::Corrupt { column };
        let context = seal_contexts::inbound_message(scope.business_id(), &row.id);
        let open = |sealed: Vec<u8>| {
            serde_json::from_slice(&keys.open(&context, &sealed)?)
                .map_err(|_| corrupt("inbound_messages.content_sealed"))
        };
        let keyword = row
            .keyword
            .map(|code| keyword_of(code).ok_or_else(|| corrupt("inbound_messages.keyword")));
        Ok(Self {
            id: InboundId::from_uuid(row.id),
            phone_number_id: row
                .phone_number_id
                .parse()
                .map_err(|_| corrupt("inbound_messages.phone_number_id"))?,
            message_type: row.type_,
            keyword: keyword.transpose()?,
            content: row.content_sealed.map(open).transpose()?,
            revoked_at: row.revoked_at,
            occurred_at: row.occurred_at,
        })
    }
}

impl SenderFilter {
    /// The hashes under which their messages are stored.
    fn hashes(&self, keys: &BusinessKeys) -> Vec<Vec<u8>> {
        let by_number = self
            .numbers
            .iter()
            .flat_map(|number| lookup::hashes(keys, number));
        let by_id = keys.lookup_hashes(HashDomain::Bsuid, self.id.as_bytes());
        let hashes = by_number.chain(by_id);
        hashes.map(|hash| hash.bytes.to_vec()).collect()
    }
}

/// One message of a client of the business.
///
/// # Errors
/// [`StorageError::NotFound`] when there is none; when its content cannot be opened.
pub async fn get(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    id: InboundId,
) -> Result<InboundMessage, StorageError> {
    let row = inbound_messages::table
        .filter(scope.owns(inbound_messages::business_id))
        .filter(inbound_messages::id.eq(id.as_uuid()))
        .select(Row::as_select())
        .first(&mut **transaction)
        .await?;
    InboundMessage::open(scope, keys, row)
}

/// The next messages that the filter asks for, newest first, at most `limit`.
///
/// # Errors
/// When the database is not available or a row cannot be opened.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    filter: &InboundFilter,
    limit: i64,
) -> Result<Vec<InboundMessage>, StorageError> {
    let mut query = inbound_messages::table
        .filter(scope.owns(inbound_messages::business_id))
        .select(Row::as_select())
        .into_boxed();
    if let Some(number) = &filter.phone_number_id {
        query = query.filter(inbound_messages::phone_number_id.eq(number.as_str()));
    }
    if let Some(sender) = &filter.sender {
        let mut hashes = sender.hashes(keys);
        let siblings = contacts::sibling_hashes(transaction, scope, &hashes).await?;
        hashes.extend(siblings.into_values().flatten());
        query = query.filter(inbound_messages::sender_hash.eq_any(hashes));
    }
    // Ids begin with the time, and partitions are cut by them.
    if let Some(since) = filter.received_since {
        query = query.filter(inbound_messages::id.ge(first_uuid_at(since)));
    }
    if let Some(until) = filter.received_until {
        query = query.filter(inbound_messages::id.lt(first_uuid_at(until)));
    }
    if let Some(before) = filter.before {
        query = query.filter(inbound_messages::id.lt(before.as_uuid()));
    }
    let rows: Vec<Row> = query
        .order(inbound_messages::id.desc())
        .limit(limit)
        .load(&mut **transaction)
        .await?;
    let opened = rows
        .into_iter()
        .map(|row| InboundMessage::open(scope, keys, row));
    opened.collect()
}

fn keyword_of(code: i16) -> Option<Keyword> {
    [Keyword::OptOut, Keyword::OptIn, Keyword::Support]
        .into_iter()
        .find(|keyword| keyword.code() == code)
}
