//! Taking a number out of service. It stays one of its business, with all that was sent from it; what it has to send is
//! held, as for any number that cannot send, and another business may connect it.
//!
//! Locks are taken as whoever connects a number takes them: the account, the number, the token.

use chrono::{DateTime, Utc};
use common::feed::{FeedEvent, NumberEvent};
use common::ids::{PhoneNumberId, WabaId};
use common::number::Connection;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::access_tokens as tokens;
use crate::events::{self, FeedEntry};
use crate::phone_numbers::{self, PhoneNumber};
use crate::wabas as accounts;
use database::StorageError;
use database::schema::{phone_numbers as numbers, wabas};
use database::{BusinessScope, ScopedTransaction};

/// Disconnects a number of the business, and with the last one of its account the account, whose token is destroyed. A
/// number that is disconnected already stays so.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such number.
pub async fn disconnect(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    phone_number_id: &PhoneNumberId,
    now: DateTime<Utc>,
) -> Result<PhoneNumber, StorageError> {
    let waba_id = phone_numbers::get(transaction, scope, phone_number_id)
        .await?
        .waba_id;
    accounts::lock(transaction, scope, &waba_id).await?;
    let disconnected = diesel::update(numbers::table)
        .filter(scope.owns(numbers::business_id))
        .filter(numbers::phone_number_id.eq(phone_number_id.as_str()))
        .filter(numbers::waba_id.eq(waba_id.as_str()))
        .filter(numbers::connection.ne(Connection::Disconnected.code()))
        .set((
            numbers::connection.eq(Connection::Disconnected.code()),
            numbers::stopped_reason.eq(None::<String>),
            numbers::breaker_opened_at.eq(None::<DateTime<Utc>>),
            numbers::breaker_reason.eq(None::<String>),
        ))
        .execute(&mut **transaction)
        .await?;
    if disconnected > 0 {
        if in_use(transaction, scope, &waba_id).await? == 0 {
            disconnect_account(transaction, scope, &waba_id, now).await?;
        }
        let entry = FeedEntry {
            business_id: scope.business_id(),
            event: FeedEvent::Number {
                phone_number_id: phone_number_id.clone(),
                event: NumberEvent::Disconnected { waba_id },
            },
            occurred_at: now,
        };
        events::append(transaction, scope, now, &[entry]).await?;
    }
    phone_numbers::get(transaction, scope, phone_number_id).await
}

/// How many numbers of the account are in use, stopped ones among them.
async fn in_use(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
) -> Result<i64, StorageError> {
    let counted = numbers::table
        .filter(scope.owns(numbers::business_id))
        .filter(numbers::waba_id.eq(waba_id.as_str()))
        .filter(numbers::connection.ne(Connection::Disconnected.code()))
        .select(count_star())
        .first(&mut **transaction)
        .await?;
    Ok(counted)
}

async fn disconnect_account(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    tokens::destroy(transaction, scope, waba_id).await?;
    diesel::update(wabas::table)
        .filter(scope.owns(wabas::business_id))
        .filter(wabas::waba_id.eq(waba_id.as_str()))
        .set(wabas::disconnected_at.eq(now))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
