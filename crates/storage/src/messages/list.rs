//! Lists of messages, newest first, behind a cursor.
//!
//! No index knows the state of a message, because each change of state would have to write it. A list by state
//! therefore looks at a bounded stretch of ids and gives back how far it looked: such a page may hold few messages, or
//! none, and still have a next one.

use std::collections::HashSet;

use common::ids::{CampaignId, MessageId};
use common::message::MessageState;
use common::recipient::Recipient;
use diesel::dsl::{Filter, IntoBoxed};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::{BusinessKeys, HashDomain, LookupHash};
use uuid::Uuid;

use super::{Message, Row, template_names};
use crate::{contacts, lookup};
use database::StorageError;
use database::schema::messages;
use database::{BusinessScope, Owned, ScopedTransaction};

/// How many messages a list by state looks at for one page.
const LOOKED_AT: i64 = 10_000;

/// Which messages are asked for; all conditions hold together.
#[derive(Default)]
pub struct MessageFilter {
    /// With this reference.
    pub reference: Option<String>,
    /// To this recipient, under whatever identifier of the same contact.
    pub recipient: Option<Recipient>,
    /// In this state.
    pub state: Option<MessageState>,
    /// Of this campaign.
    pub campaign_id: Option<CampaignId>,
    /// Older than this message.
    pub before: Option<MessageId>,
}

/// A part of a list.
pub struct MessagePage {
    /// Newest first.
    pub items: Vec<Message>,
    /// Where the next part begins; `None` when there is none.
    pub next: Option<MessageId>,
}

type Selected<'a> = IntoBoxed<'a, Filter<messages::table, Owned<messages::business_id>>, Pg>;

/// The next messages that the filter asks for, at most `limit`.
///
/// # Errors
/// When the database is not available or a row cannot be opened.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    filter: &MessageFilter,
    limit: usize,
) -> Result<MessagePage, StorageError> {
    let recipients = recipient_hashes(transaction, scope, keys, filter).await?;
    let selected = || selected(scope, keys, filter, recipients.as_deref());
    let looked_to = match filter.state {
        Some(_) => last_looked_at(transaction, selected()).await?,
        None => None,
    };
    let mut query = selected().select(Row::as_select());
    if let Some(state) = filter.state {
        query = query.filter(messages::state.eq(state.code()));
    }
    if let Some(last) = looked_to {
        query = query.filter(messages::id.ge(last));
    }
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows: Vec<Row> = query
        .order(messages::id.desc())
        .limit(wanted)
        .load(&mut **transaction)
        .await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = if has_more {
        rows.last().map(|row| row.id)
    } else {
        looked_to
    };
    let names = template_names(transaction, scope, &rows).await?;
    let items = rows
        .into_iter()
        .map(|row| Message::open(scope, keys, &names, row));
    Ok(MessagePage {
        items: items.collect::<Result<_, _>>()?,
        next: next.map(MessageId::from_uuid),
    })
}

/// The oldest message that one page by state looks at; `None` when it looks at all that are left.
async fn last_looked_at(
    transaction: &mut ScopedTransaction,
    selected: Selected<'_>,
) -> Result<Option<Uuid>, StorageError> {
    let last = selected
        .select(messages::id)
        .order(messages::id.desc())
        .offset(LOOKED_AT - 1)
        .first(&mut **transaction)
        .await
        .optional()?;
    Ok(last)
}

/// The hashes of every identifier of the recipient's contact.
async fn recipient_hashes(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    filter: &MessageFilter,
) -> Result<Option<Vec<Vec<u8>>>, StorageError> {
    let Some(recipient) = &filter.recipient else {
        return Ok(None);
    };
    let own = bytes(lookup::hashes(keys, recipient));
    let siblings = contacts::sibling_hashes(transaction, scope, &own).await?;
    let all: HashSet<Vec<u8>> = siblings.into_values().flatten().chain(own).collect();
    Ok(Some(all.into_iter().collect()))
}

/// All conditions but the state.
fn selected<'a>(
    scope: &BusinessScope,
    keys: &BusinessKeys,
    filter: &MessageFilter,
    recipients: Option<&'a [Vec<u8>]>,
) -> Selected<'a> {
    let mut query = messages::table
        .filter(scope.owns(messages::business_id))
        .into_boxed();
    if let Some(reference) = &filter.reference {
        let hashes = bytes(keys.lookup_hashes(HashDomain::Reference, reference.as_bytes()));
        query = query.filter(messages::reference_hash.eq_any(hashes));
    }
    if let Some(hashes) = recipients {
        query = query.filter(messages::recipient_hash.eq_any(hashes));
    }
    if let Some(campaign_id) = filter.campaign_id {
        query = query.filter(messages::campaign_id.eq(campaign_id.as_uuid()));
    }
    if let Some(before) = filter.before {
        query = query.filter(messages::id.lt(before.as_uuid()));
    }
    query
}

fn bytes(hashes: Vec<LookupHash>) -> Vec<Vec<u8>> {
    hashes.into_iter().map(|hash| hash.bytes.to_vec()).collect()
}
