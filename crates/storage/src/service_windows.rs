//! Customer service windows, as a request path asks for them: whether a client wrote to a number lately.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use common::message::Window;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use database::StorageError;
use database::schema::service_windows;
use database::{BusinessScope, ScopedTransaction};

/// A client at a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Client {
    /// The number.
    pub phone_number_id: String,
    /// The keyed hash of the client's phone number.
    pub contact_hash: Vec<u8>,
}

/// The windows of the clients that ever wrote to their number; of the others there is none.
///
/// # Errors
/// When the database is not available.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    clients: Vec<Client>,
) -> Result<HashMap<Client, Window>, StorageError> {
    if clients.is_empty() {
        return Ok(HashMap::new());
    }
    let (mut numbers, hashes): (Vec<String>, Vec<Vec<u8>>) = clients
        .into_iter()
        .map(|client| (client.phone_number_id, client.contact_hash))
        .unzip();
    numbers.sort_unstable();
    numbers.dedup();
    // Every number with every hash: a few more rows than were asked for, when a call has several numbers.
    let rows: Vec<(String, Vec<u8>, DateTime<Utc>)> = service_windows::table
        .filter(scope.owns(service_windows::business_id))
        .filter(service_windows::phone_number_id.eq_any(numbers))
        .filter(service_windows::contact_hash.eq_any(hashes))
        .select((
            service_windows::phone_number_id,
            service_windows::contact_hash,
            service_windows::last_inbound_at,
        ))
        .load(&mut **transaction)
        .await?;
    let windows = rows.into_iter().map(|(phone_number_id, contact_hash, at)| {
        let client = Client {
            phone_number_id,
            contact_hash,
        };
        let window = Window {
            last_inbound_at: Some(at),
        };
        (client, window)
    });
    Ok(windows.collect())
}
