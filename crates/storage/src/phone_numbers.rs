//! The numbers that a business sends from. A number belongs to one business at a time.

use chrono::{DateTime, Utc};
use common::ids::{MessageId, PhoneNumberId, WabaId};
use common::message::{DueKind, HeldReason, Lane};
use common::number::Connection;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::release;
use database::StorageError;
use database::schema::{due_messages, phone_numbers};
use database::{BusinessScope, ScopedTransaction};

/// A number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Meta's id of the number.
    pub phone_number_id: PhoneNumberId,
    /// The account that it belongs to.
    pub waba_id: WabaId,
    /// The number as people read it.
    pub display_phone_number: String,
    /// The name that recipients see.
    pub verified_name: String,
    /// Meta's word: `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    pub quality_rating: String,
    /// Meta's word: `STANDARD`, `HIGH`.
    pub throughput_level: String,
    /// Meta's word: `TIER_250`, … `TIER_UNLIMITED`.
    pub messaging_limit: String,
    /// Whether it can send.
    pub connection: Connection,
    /// Why it is stopped, for a person.
    pub stopped_reason: Option<String>,
    /// When it was last connected.
    pub connected_at: DateTime<Utc>,
    /// Why what it has to send is held until Meta answers clearly, while its breaker is open.
    pub breaker: Option<Breaker>,
}

/// The open breaker of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaker {
    /// Since when it is open.
    pub opened_at: DateTime<Utc>,
    /// Why, for a person.
    pub reason: String,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = phone_numbers, check_for_backend(diesel::pg::Pg))]
#[diesel(treat_none_as_null = true)]
struct Row {
    phone_number_id: String,
    waba_id: String,
    display_phone_number: String,
    verified_name: String,
    quality_rating: String,
    throughput_level: String,
    messaging_limit: String,
    connection: i16,
    stopped_reason: Option<String>,
    connected_at: DateTime<Utc>,
    breaker_opened_at: Option<DateTime<Utc>>,
    breaker_reason: Option<String>,
}

/// Makes the number one of the business, or writes anew what is known of it. Its account has to be the business's already.
///
/// # Errors
/// [`StorageError::Duplicate`] when it belongs to another business; the transaction is lost then.
pub async fn put(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    number: &PhoneNumber,
) -> Result<(), StorageError> {
    let row = Row::from(number);
    diesel::insert_into(phone_numbers::table)
        .values((
            phone_numbers::business_id.eq(scope.business_id().as_uuid()),
            &row,
        ))
        .on_conflict((phone_numbers::business_id, phone_numbers::phone_number_id))
        .do_update()
        .set(&row)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Frees the messages that the number held because it was stopped. They are the caller's to publish after the commit.
///
/// # Errors
/// When the database is not available.
pub async fn release_held(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    phone_number_id: &PhoneNumberId,
) -> Result<Vec<(Lane, MessageId)>, StorageError> {
    let reason = HeldReason::NumberStopped;
    let waiting: Vec<Uuid> = due_messages::table
        .filter(scope.owns(due_messages::business_id))
        .filter(due_messages::kind.eq(DueKind::Held.code()))
        .filter(due_messages::held_reason.eq(reason.code()))
        .filter(due_messages::phone_number_id.eq(phone_number_id.as_str()))
        .select(due_messages::message_id)
        .load(&mut **transaction)
        .await?;
    release::release(transaction, scope, &waiting, reason).await
}

/// The numbers of the business after the given one, at most `limit`.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    after: Option<&PhoneNumberId>,
    limit: i64,
) -> Result<Vec<PhoneNumber>, StorageError> {
    let rows: Vec<Row> = phone_numbers::table
        .filter(scope.owns(phone_numbers::business_id))
        .filter(phone_numbers::phone_number_id.gt(after.map_or("", |id| id.as_str())))
        .order(phone_numbers::phone_number_id)
        .limit(limit)
        .select(Row::as_select())
        .load(&mut **transaction)
        .await?;
    rows.into_iter().map(PhoneNumber::try_from).collect()
}

/// One number of the business.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such number.
pub async fn get(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    phone_number_id: &PhoneNumberId,
) -> Result<PhoneNumber, StorageError> {
    let row: Row = phone_numbers::table
        .filter(scope.owns(phone_numbers::business_id))
        .filter(phone_numbers::phone_number_id.eq(phone_number_id.as_str()))
        .select(Row::as_select())
        .first(&mut **transaction)
        .await?;
    row.try_into()
}

impl From<&PhoneNumber> for Row {
    fn from(number: &PhoneNumber) -> Self {
        Self {
            phone_number_id: number.phone_number_id.to_string(),
            waba_id: number.waba_id.to_string(),
            display_phone_number: number.display_phone_number.clone(),
            verified_name: number.verified_name.clone(),
            quality_rating: number.quality_rating.clone(),
            throughput_level: number.throughput_level.clone(),
            messaging_limit: number.messaging_limit.clone(),
            connection: number.connection.code(),
            stopped_reason: number.stopped_reason.clone(),
            connected_at: number.connected_at,
            breaker_opened_at: number.breaker.as_ref().map(|breaker| breaker.opened_at),
            breaker_reason: number
                .breaker
                .as_ref()
                .map(|breaker| breaker.reason.clone()),
        }
    }
}

impl TryFrom<Row> for PhoneNumber {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let corrupt = |column| StorageError::Corrupt { column };
        Ok(Self {
            phone_number_id: row
                .phone_number_id
                .parse()
                .map_err(|_| corrupt("phone_numbers.phone_number_id"))?,
            waba_id: row
                .waba_id
                .parse()
                .map_err(|_| corrupt("phone_numbers.waba_id"))?,
            display_phone_number: row.display_phone_number,
            verified_name: row.verified_name,
            quality_rating: row.quality_rating,
            throughput_level: row.throughput_level,
            messaging_limit: row.messaging_limit,
            connection: Connection::from_code(row.connection)
                .ok_or_else(|| corrupt("phone_numbers.connection"))?,
            stopped_reason: row.stopped_reason,
            connected_at: row.connected_at,
            breaker: row.breaker_opened_at.map(|opened_at| Breaker {
                opened_at,
                reason: row.breaker_reason.unwrap_or_default(),
            }),
        })
    }
}
