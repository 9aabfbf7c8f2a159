//! What clients wrote to a business; the content is sealed.

use chrono::{DateTime, Utc};
use common::ids::{InboundId, PhoneNumberId};
use common::keyword::Keyword;
use common::wire::InboundContent;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::BusinessKeys;

use crate::error::StorageError;
use crate::places;
use crate::schema::inbound_messages;
use crate::scope::{BusinessScope, ScopedTransaction};

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

type Row = (
    String,
    String,
    Option<i16>,
    Option<Vec<u8>>,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
);

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
    let (phone_number_id, message_type, keyword, sealed, occurred_at, revoked_at): Row =
        inbound_messages::table
            .filter(scope.owns(inbound_messages::business_id))
            .filter(inbound_messages::id.eq(id.as_uuid()))
            .select((
                inbound_messages::phone_number_id,
                inbound_messages::type_,
                inbound_messages::keyword,
                inbound_messages::content_sealed,
                inbound_messages::occurred_at,
                inbound_messages::revoked_at,
            ))
            .first(&mut **transaction)
            .await?;
    let corrupt = |column| StorageError::Corrupt { column };
    let row = id.as_uuid();
    let place = places::inbound_message(scope.business_id(), &row);
    let open = |sealed: Vec<u8>| {
        serde_json::from_slice(&keys.open(&place, &sealed)?)
            .map_err(|_| corrupt("inbound_messages.content_sealed"))
    };
    Ok(InboundMessage {
        id,
        phone_number_id: phone_number_id
            .parse()
            .map_err(|_| corrupt("inbound_messages.phone_number_id"))?,
        message_type,
        keyword: keyword
            .map(|code| keyword_of(code).ok_or_else(|| corrupt("inbound_messages.keyword")))
            .transpose()?,
        content: sealed.map(open).transpose()?,
        revoked_at,
        occurred_at,
    })
}

fn keyword_of(code: i16) -> Option<Keyword> {
    [Keyword::OptOut, Keyword::OptIn, Keyword::Support]
        .into_iter()
        .find(|keyword| keyword.code() == code)
}
