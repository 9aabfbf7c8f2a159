//! Where each sealed value stands: the one list of table, column and row that seals and opens it.
//!
//! A seal context is associated data of the sealing, so whoever writes a column and whoever reads it must name the very same
//! one. The row is the row's key as bytes.

use common::ids::{AudienceId, BusinessId, MediaId, WabaId};
use sealing::SealContext;
use uuid::Uuid;

/// The sealed columns of `messages`; the row is the message's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageColumn {
    /// The recipient: `common::recipient::Recipient::as_stored`.
    Recipient,
    /// What it says: `storage::messages::MessageContent`.
    Content,
    /// The caller's own reference.
    Reference,
    /// Meta's id of the message.
    Wamid,
    /// `{"title","details"}` as Meta said it.
    Error,
}

/// The sealed columns of `campaign_recipients`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientColumn {
    /// The recipient's number in E.164.
    Recipient,
    /// The template's variables by name, such as `{"1":"Awa"}`.
    Variables,
}

/// The sealed columns of `contact_identifiers`; the row is the identifier's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierColumn {
    /// The number, `+` and digits, or the user id.
    Itself,
    /// The number that messages to it are posted to.
    PostTo,
}

/// The key of a row of an audience, as bytes.
pub type AudienceRowKey = [u8; 20];

/// The key of a chunk of a file, as bytes.
pub type MediaChunkRow = [u8; 18];

/// A sealed column of a message.
#[must_use]
pub const fn message(
    business_id: BusinessId,
    message_id: &Uuid,
    column: MessageColumn,
) -> SealContext<'_> {
    let column = match column {
        MessageColumn::Recipient => "recipient",
        MessageColumn::Content => "content",
        MessageColumn::Reference => "reference",
        MessageColumn::Wamid => "wamid",
        MessageColumn::Error => "error",
    };
    context(business_id, "messages", column, message_id.as_bytes())
}

/// The content of a one-time code: the same form as the content of a message.
#[must_use]
pub const fn otp_secret(business_id: BusinessId, message_id: &Uuid) -> SealContext<'_> {
    context(business_id, "otp_secrets", "content", message_id.as_bytes())
}

/// The key of a row of an audience: the audience's id and the row's number.
#[must_use]
pub fn audience_row(audience_id: AudienceId, row_number: i32) -> AudienceRowKey {
    let mut row = [0; 20];
    let number = row_number.to_be_bytes();
    for (to, from) in row
        .iter_mut()
        .zip(audience_id.as_uuid().as_bytes().iter().chain(&number))
    {
        *to = *from;
    }
    row
}

/// A sealed column of a row of an audience.
#[must_use]
pub const fn campaign_recipient(
    business_id: BusinessId,
    row: &AudienceRowKey,
    column: RecipientColumn,
) -> SealContext<'_> {
    let column = match column {
        RecipientColumn::Recipient => "recipient",
        RecipientColumn::Variables => "variables",
    };
    context(business_id, "campaign_recipients", column, row)
}

/// What fills the variables of a campaign.
#[must_use]
pub const fn campaign_variables(business_id: BusinessId, campaign_id: &Uuid) -> SealContext<'_> {
    context(
        business_id,
        "campaigns",
        "variables",
        campaign_id.as_bytes(),
    )
}

/// The answer to a creating call; the row is the hash of its key.
#[must_use]
pub const fn stored_answer(business_id: BusinessId, key_hash: &[u8; 32]) -> SealContext<'_> {
    context(business_id, "idempotency_keys", "response_body", key_hash)
}

/// The access token of an account.
#[must_use]
pub fn access_token(business_id: BusinessId, waba_id: &WabaId) -> SealContext<'_> {
    context(
        business_id,
        "access_tokens",
        "token",
        waba_id.as_str().as_bytes(),
    )
}

/// The content of a message that a client sent.
#[must_use]
pub const fn inbound_message(business_id: BusinessId, inbound_id: &Uuid) -> SealContext<'_> {
    context(
        business_id,
        "inbound_messages",
        "content",
        inbound_id.as_bytes(),
    )
}

/// The name of a file.
#[must_use]
pub const fn media_filename(business_id: BusinessId, media_id: &Uuid) -> SealContext<'_> {
    context(business_id, "media", "filename", media_id.as_bytes())
}

/// The key of a chunk of a file: the file's id and the chunk's number.
#[must_use]
pub fn media_chunk_row(media_id: MediaId, number: i16) -> MediaChunkRow {
    let mut row = [0; 18];
    let number = number.to_be_bytes();
    for (to, from) in row
        .iter_mut()
        .zip(media_id.as_uuid().as_bytes().iter().chain(&number))
    {
        *to = *from;
    }
    row
}

/// A chunk of a file.
#[must_use]
pub const fn media_chunk(business_id: BusinessId, row: &MediaChunkRow) -> SealContext<'_> {
    context(business_id, "media_chunks", "content", row)
}

/// A sealed column of an identifier of a contact.
#[must_use]
pub const fn contact_identifier(
    business_id: BusinessId,
    hash: &[u8],
    column: IdentifierColumn,
) -> SealContext<'_> {
    let column = match column {
        IdentifierColumn::Itself => "identifier",
        IdentifierColumn::PostTo => "post_to",
    };
    context(business_id, "contact_identifiers", column, hash)
}

/// What Meta said of the failure of a message that is not known yet.
#[must_use]
pub const fn unmatched_status_error(business_id: BusinessId, status_id: &Uuid) -> SealContext<'_> {
    context(
        business_id,
        "unmatched_statuses",
        "error",
        status_id.as_bytes(),
    )
}

const fn context<'a>(
    business_id: BusinessId,
    table: &'a str,
    column: &'a str,
    row: &'a [u8],
) -> SealContext<'a> {
    SealContext {
        business_id: business_id.as_uuid(),
        table,
        column,
        row,
    }
}
