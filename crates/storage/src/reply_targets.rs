//! Messages that another one may answer, and whom they were exchanged with: a client's, or the business's own.

use std::collections::HashMap;

use common::wire::InboundContent;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::BusinessKeys;
use uuid::Uuid;

use crate::service_windows::Client;
use database::StorageError;
use database::schema::{inbound_messages, messages};
use database::seal_contexts::{self, MessageColumn};
use database::{BusinessScope, ScopedTransaction};

/// A message that may be quoted. It is never printed.
pub struct Quotable {
    /// The number and the client between whom it was.
    pub client: Client,
    /// Meta's id of it: personal data; `None` while Meta has not given one, and when the client took
    /// the message back.
    pub wamid: Option<String>,
}

type InboundRow = (Uuid, String, Vec<u8>, Option<Vec<u8>>);
type OwnRow = (Uuid, String, Vec<u8>, Option<Vec<u8>>);

/// What there is of the messages of the business with these ids.
///
/// # Errors
/// When the database is not available or a row cannot be opened.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Quotable>, StorageError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let inbound: Vec<InboundRow> = inbound_messages::table
        .filter(scope.owns(inbound_messages::business_id))
        .filter(inbound_messages::id.eq_any(ids))
        .select((
            inbound_messages::id,
            inbound_messages::phone_number_id,
            inbound_messages::sender_hash,
            inbound_messages::content_sealed,
        ))
        .load(&mut **transaction)
        .await?;
    let own: Vec<OwnRow> = messages::table
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq_any(ids))
        .select((
            messages::id,
            messages::phone_number_id,
            messages::recipient_hash,
            messages::wamid_sealed,
        ))
        .load(&mut **transaction)
        .await?;
    let inbound = inbound.into_iter().map(|row| of_client(scope, keys, row));
    let own = own.into_iter().map(|row| of_business(scope, keys, row));
    inbound.chain(own).collect()
}

fn of_client(
    scope: &BusinessScope,
    keys: &BusinessKeys,
    (id, phone_number_id, contact_hash, sealed): InboundRow,
) -> Result<(Uuid, Quotable), StorageError> {
    let context = seal_contexts::inbound_message(scope.business_id(), &id);
    let wamid = |sealed: Vec<u8>| {
        let opened = keys.open(&context, &sealed)?;
        let content: InboundContent =
            serde_json::from_slice(&opened).map_err(|_| StorageError::Corrupt {
                column: "inbound_messages.content_sealed",
            })?;
        Ok::<_, StorageError>(content.wamid)
    };
    let target = Quotable {
        client: Client {
            phone_number_id,
            contact_hash,
        },
        wamid: sealed.map(wamid).transpose()?,
    };
    Ok((id, target))
}

fn of_business(
    scope: &BusinessScope,
    keys: &BusinessKeys,
    (id, phone_number_id, contact_hash, sealed): OwnRow,
) -> Result<(Uuid, Quotable), StorageError> {
    let context = seal_contexts::message(scope.business_id(), &id, MessageColumn::Wamid);
    let open = |sealed: Vec<u8>| {
        let opened = keys.open(&context, &sealed)?;
        String::from_utf8(opened.to_vec()).map_err(|_| StorageError::Corrupt {
            column: "messages.wamid_sealed",
        })
    };
    let target = Quotable {
        client: Client {
            phone_number_id,
            contact_hash,
        },
        wamid: sealed.map(open).transpose()?,
    };
    Ok((id, target))
}
