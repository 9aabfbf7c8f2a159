//! Reads the database as a superuser: row-level security would hide cross-tenant rows.

use std::collections::{BTreeMap, BTreeSet};

use common::campaign::{CampaignState, RecipientState, SkipReason};
use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::MessageState;
use tokio_postgres::{Client, Error, IsolationLevel, Row, Transaction};
use uuid::Uuid;

use crate::audit::{CampaignRow, DatabaseRecords, MessageRow, Statuses, Stored};

const MESSAGES: &str = "
    select business_id, id, state, possible_duplicate, sent_at is not null, delivered_at is not null,
        read_at is not null, failed_at is not null
    from messages";

const CAMPAIGNS: &str = "
    select c.campaign_id, c.state, count(*) filter (where r.state = $1),
        count(*) filter (where r.skip_reason = $2),
        coalesce(array_agg(r.message_id) filter (where r.message_id is not null), '{}')
    from campaigns c left join campaign_recipients r using (business_id, audience_id)
    where c.state <> $3
    group by c.campaign_id, c.state";

const NUMBERS: &str = "select phone_number_id, business_id from phone_numbers";

/// Rows that name a message under a business other than the message's own.
const CROSS_TENANT: &str = "
    with reported (business_id, message_id) as (
        select business_id, message_id from events where message_id is not null
        union all select business_id, message_id from attempts
        union all select business_id, message_id from due_messages
        union all select business_id, message_id from campaign_recipients where message_id is not null
    )
    select m.id from reported t join messages m on m.id = t.message_id where m.business_id <> t.business_id
    union
    select id from messages group by id having count(*) > 1";

/// The database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The database does not answer.
    #[error("the database cannot be read")]
    Postgres(#[from] Error),
    /// A newer version wrote it.
    #[error("a message is in state {0}, which is unknown to this version")]
    State(i16),
}

/// Reads everything in one snapshot.
///
/// # Errors
/// When the database does not answer, or holds states unknown to this version.
pub async fn read(client: &mut Client) -> Result<DatabaseRecords, DatabaseError> {
    let moment = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    Ok(DatabaseRecords {
        messages: messages(&moment).await?,
        campaigns: campaigns(&moment).await?,
        numbers: numbers(&moment).await?,
        cross_tenant: cross_tenant(&moment).await?,
    })
}

async fn messages(
    moment: &Transaction<'_>,
) -> Result<BTreeMap<MessageId, MessageRow>, DatabaseError> {
    let rows = moment.query(MESSAGES, &[]).await?;
    rows.iter().map(message).collect()
}

fn message(row: &Row) -> Result<(MessageId, MessageRow), DatabaseError> {
    let state: i16 = row.try_get(2)?;
    let stored = Stored {
        state: MessageState::from_code(state).ok_or(DatabaseError::State(state))?,
        possible_duplicate: row.try_get(3)?,
        statuses: Statuses {
            sent: row.try_get(4)?,
            delivered: row.try_get(5)?,
            read: row.try_get(6)?,
            failed: row.try_get(7)?,
        },
    };
    let business_id = BusinessId::from_uuid(row.try_get(0)?);
    let row_of = MessageRow {
        business_id,
        stored,
    };
    Ok((MessageId::from_uuid(row.try_get(1)?), row_of))
}

async fn campaigns(moment: &Transaction<'_>) -> Result<BTreeMap<CampaignId, CampaignRow>, Error> {
    let (planned, opted_out) = (
        RecipientState::Planned.code(),
        SkipReason::Suppressed.code(),
    );
    let draft = CampaignState::Draft.code();
    let rows = moment
        .query(CAMPAIGNS, &[&planned, &opted_out, &draft])
        .await?;
    rows.iter()
        .map(|row| {
            let state: i16 = row.try_get(1)?;
            let messages: Vec<Uuid> = row.try_get(4)?;
            let campaign = CampaignRow {
                messages: messages.into_iter().map(MessageId::from_uuid).collect(),
                waiting: count(row.try_get(2)?),
                skipped: count(row.try_get(3)?),
                has_ended: state == CampaignState::Completed.code(),
                is_cancelled: state == CampaignState::Cancelled.code(),
            };
            Ok((CampaignId::from_uuid(row.try_get(0)?), campaign))
        })
        .collect()
}

async fn numbers(moment: &Transaction<'_>) -> Result<BTreeSet<(String, BusinessId)>, Error> {
    let rows = moment.query(NUMBERS, &[]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, BusinessId::from_uuid(row.try_get(1)?))))
        .collect()
}

async fn cross_tenant(moment: &Transaction<'_>) -> Result<BTreeSet<MessageId>, Error> {
    let rows = moment.query(CROSS_TENANT, &[]).await?;
    rows.iter()
        .map(|row| Ok(MessageId::from_uuid(row.try_get(0)?)))
        .collect()
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}
