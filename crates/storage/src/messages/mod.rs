//! Messages, as a business reads its own: sealed columns are opened here, under its keys.

mod content;
mod list;
mod readable;
mod timeline;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use common::ids::{CampaignId, MessageId, time_of_uuid};
use common::message::{ExpiredReason, HeldReason, Lane, MessageState};
use common::recipient::Recipient;
use common::template::Category;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::BusinessKeys;
use serde::Deserialize;
use uuid::Uuid;

use database::StorageError;
use database::schema::{messages, templates};
use database::seal_contexts::{self, MessageColumn};
use database::{BusinessScope, ScopedTransaction};

pub use content::{MessageBody, MessageContent, TemplateContent};
pub use list::{MessageFilter, MessagePage, list};
pub use readable::{ReadableContent, readable_content};
pub use timeline::{TimelineItem, TimelineKind, timeline};

/// A message of a business, in the clear.
pub struct Message {
    /// Its id; the time in it is the time of its acceptance.
    pub id: MessageId,
    /// The number that it leaves from.
    pub phone_number_id: String,
    /// Who gets it.
    pub recipient: Recipient,
    /// Name and language of its template, while the template is known; `None` for a message without one.
    pub template: Option<(String, String)>,
    /// The category that the template had, or that of messages without one.
    pub category: Category,
    /// The lane that it travels in.
    pub lane: Lane,
    /// The campaign that it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The caller's own reference.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: MessageState,
    /// Why it is held, when it is.
    pub held_reason: Option<HeldReason>,
    /// Why it expired, when it did before its time.
    pub expired_reason: Option<ExpiredReason>,
    /// How many attempts were begun.
    pub attempt: i16,
    /// Whether the recipient may have got it twice.
    pub possible_duplicate: bool,
    /// Why it failed or was refused.
    pub error: Option<MessageError>,
    /// What Meta says of its price.
    pub pricing: Option<Pricing>,
    /// When things happened to it.
    pub times: MessageTimes,
}

/// Meta's error of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageError {
    /// Meta's code.
    pub code: i32,
    /// Meta's short words, when it said any.
    pub title: Option<String>,
    /// Meta's longer words, when it said any.
    pub details: Option<String>,
}

/// What Meta says of the price of a message (Meta, webhooks reference: pricing).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pricing {
    /// Such as `utility`.
    pub category: Option<String>,
    /// Such as `regular`.
    pub kind: Option<String>,
    /// Whether Meta charges for it.
    pub billable: Option<bool>,
}

/// When things happened to a message: ours by our clock, Meta's by Meta's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages, check_for_backend(Pg))]
pub struct MessageTimes {
    /// After this it is not sent any more.
    pub expires_at: Option<DateTime<Utc>>,
    /// Meta took it.
    pub submitted_at: Option<DateTime<Utc>>,
    /// It left Meta's servers.
    pub sent_at: Option<DateTime<Utc>>,
    /// It reached the recipient's device.
    pub delivered_at: Option<DateTime<Utc>>,
    /// The recipient opened it.
    pub read_at: Option<DateTime<Utc>>,
    /// Meta could not deliver it.
    pub failed_at: Option<DateTime<Utc>>,
}

/// The text of the sealed error of a message.
#[derive(Default, Deserialize)]
struct ErrorText {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    details: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = messages, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    phone_number_id: String,
    campaign_id: Option<Uuid>,
    template_id: Option<String>,
    category: i16,
    lane: i16,
    state: i16,
    held_reason: Option<i16>,
    expired_reason: Option<i16>,
    attempt: i16,
    possible_duplicate: bool,
    recipient_sealed: Vec<u8>,
    reference_sealed: Option<Vec<u8>>,
    error_code: Option<i32>,
    error_sealed: Option<Vec<u8>>,
    pricing_category: Option<String>,
    pricing_type: Option<String>,
    billable: Option<bool>,
    #[diesel(embed)]
    times: MessageTimes,
}

/// Name and language of templates, by their ids.
type TemplateNames = HashMap<String, (String, String)>;

impl Message {
    /// When it was accepted.
    #[must_use]
    pub fn accepted_at(&self) -> Option<DateTime<Utc>> {
        time_of_uuid(self.id.as_uuid())
    }

    fn open(
        scope: &BusinessScope,
        keys: &BusinessKeys,
        names: &TemplateNames,
        row: Row,
    ) -> Result<Self, StorageError> {
        let opened = |column, sealed: &[u8]| {
            keys.open(
                &seal_contexts::message(scope.business_id(), &row.id, column),
                sealed,
            )
        };
        let recipient = text(&opened(MessageColumn::Recipient, &row.recipient_sealed)?);
        let reference = row.reference_sealed.as_deref();
        let reference = reference
            .map(|sealed| opened(MessageColumn::Reference, sealed))
            .transpose()?;
        let error = row.error_sealed.as_deref();
        let error = error
            .map(|sealed| opened(MessageColumn::Error, sealed))
            .transpose()?;
        let pricing = Pricing {
            category: row.pricing_category,
            kind: row.pricing_type,
            billable: row.billable,
        };
        let is_priced = pricing.category.is_some() || pricing.billable.is_some();
        Ok(Self {
            id: MessageId::from_uuid(row.id),
            phone_number_id: row.phone_number_id,
            recipient: Recipient::from_stored(&recipient)
                .map_err(|_| corrupt("messages.recipient_sealed"))?,
            template: row.template_id.and_then(|id| names.get(&id).cloned()),
            category: Category::from_code(row.category),
            lane: Lane::from_code(row.lane).ok_or(corrupt("messages.lane"))?,
            campaign_id: row.campaign_id.map(CampaignId::from_uuid),
            reference: reference.as_deref().map(|bytes| text(bytes)),
            state: MessageState::from_code(row.state).ok_or(corrupt("messages.state"))?,
            held_reason: row.held_reason.and_then(HeldReason::from_code),
            expired_reason: row.expired_reason.and_then(ExpiredReason::from_code),
            attempt: row.attempt,
            possible_duplicate: row.possible_duplicate,
            error: row
                .error_code
                .map(|code| MessageError::read(code, error.as_deref().map(Vec::as_slice))),
            pricing: is_priced.then_some(pricing),
            times: row.times,
        })
    }
}

impl MessageError {
    /// The code stands for itself when the words beside it cannot be read.
    fn read(code: i32, opened: Option<&[u8]>) -> Self {
        let text = opened.and_then(|json| serde_json::from_slice(json).ok());
        let ErrorText { title, details } = text.unwrap_or_default();
        Self {
            code,
            title,
            details,
        }
    }
}

/// One message.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such message.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    message_id: MessageId,
) -> Result<Message, StorageError> {
    let row: Row = messages::table
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq(message_id.as_uuid()))
        .select(Row::as_select())
        .first(&mut **transaction)
        .await?;
    let names = template_names(transaction, scope, std::slice::from_ref(&row)).await?;
    Message::open(scope, keys, &names, row)
}

async fn template_names(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    rows: &[Row],
) -> Result<TemplateNames, StorageError> {
    let ids = rows.iter().filter_map(|row| row.template_id.as_deref());
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let names: Vec<(String, String, String)> = templates::table
        .filter(scope.owns(templates::business_id))
        .filter(templates::template_id.eq_any(ids))
        .select((templates::template_id, templates::name, templates::language))
        .load(&mut **transaction)
        .await?;
    Ok(names
        .into_iter()
        .map(|(id, name, language)| (id, (name, language)))
        .collect())
}

const fn corrupt(column: &'static str) -> StorageError {
    StorageError::Corrupt { column }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
