//! What an attempt needs: the publication with its definition, and what was done before.

use chrono::{DateTime, TimeDelta, Utc};
use common::explanation::Explanation;
use common::ids::{DraftId, TemplateId};
use common::template::{PublicationAction, PublicationState, TemplateStatus};
use const_format::formatcp;
use database::{BatchTransaction, StorageError, Store};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{ClaimedPublication, History, Publication};
use crate::transitions::corrupt;

const WAITING: i16 = PublicationState::Waiting.code();
const ACCEPTED: i16 = PublicationState::Accepted.code();
const CREATE: i16 = PublicationAction::Create.code();
const EDIT: i16 = PublicationAction::Edit.code();

/// Meta counts creations within an hour.
const CREATIONS_WITHIN: TimeDelta = TimeDelta::hours(1);
/// Meta counts edits of a template within 30 days.
const EDITS_WITHIN: TimeDelta = TimeDelta::days(30);

const PUBLICATION: &str = formatcp!(
    "select p.action, p.name, p.language, p.template_id, p.draft_id, p.explanation, v.definition,
        w.management_calls_resume_at, t.status, t.components
    from template_publications p
    join wabas w on w.business_id = p.business_id and w.waba_id = p.waba_id
    left join template_versions v on v.business_id = p.business_id and v.draft_id = p.draft_id and v.version = p.version
    left join templates t on t.business_id = p.business_id and t.template_id = p.template_id
    where p.business_id = $1 and p.publication_id = $2 and p.attempt = $3 and p.state = {WAITING}"
);
const HISTORY: &str = formatcp!(
    "select action, ended_at from template_publications
    where business_id = $1 and waba_id = $2 and state = {ACCEPTED} and ended_at > $3
        and (action = {CREATE} and ended_at > $4 or action = {EDIT} and template_id = $5)
    order by ended_at"
);

/// Loads a claimed publication; `None` when it has ended meanwhile, or is in other hands.
///
/// # Errors
/// When the database is not available, or a stored value has no meaning.
pub async fn load(
    store: &Store,
    claimed: &ClaimedPublication,
    now: DateTime<Utc>,
) -> Result<Option<(Publication, History)>, StorageError> {
    let business_id = claimed.account.business_id;
    let mut connection = store.business_batch(business_id).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(PUBLICATION).await?;
    let (business, id) = (business_id.as_uuid(), claimed.publication_id.as_uuid());
    let row = transaction
        .query_opt(&statement, &[&business, &id, &claimed.attempt])
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let publication = read(&row, claimed)?;
    let status: Option<&str> = row.try_get(8)?;
    let mut history = History {
        calls_resume_at: row.try_get(7)?,
        status: status.map(TemplateStatus::from_meta),
        components: row.try_get(9)?,
        ..History::default()
    };
    count(&transaction, &publication, now, &mut history).await?;
    Ok(Some((publication, history)))
}

fn read(row: &Row, claimed: &ClaimedPublication) -> Result<Publication, StorageError> {
    let template_id: Option<&str> = row.try_get(3)?;
    let template_id = template_id.map(str::parse::<TemplateId>).transpose();
    let draft_id: Option<Uuid> = row.try_get(4)?;
    let explanation: Option<Value> = row.try_get(5)?;
    Ok(Publication {
        account: claimed.account.clone(),
        publication_id: claimed.publication_id,
        attempt: claimed.attempt,
        action: PublicationAction::from_code(row.try_get(0)?)
            .ok_or(corrupt("template_publications.action"))?,
        name: row.try_get(1)?,
        language: row.try_get(2)?,
        template_id: template_id.map_err(|_| corrupt("template_publications.template_id"))?,
        draft_id: draft_id.map(DraftId::from_uuid),
        definition: row.try_get(6)?,
        // Only compared with the next one: what cannot be read differs from it.
        explanation: explanation
            .and_then(|value| serde_json::from_value::<Explanation>(value).ok()),
    })
}

async fn count(
    transaction: &BatchTransaction<'_>,
    publication: &Publication,
    now: DateTime<Utc>,
    history: &mut History,
) -> Result<(), StorageError> {
    let account = &publication.account;
    let template_id = publication.template_id.as_ref().map(TemplateId::as_str);
    let statement = transaction.prepare_cached(HISTORY).await?;
    let rows = transaction
        .query(
            &statement,
            &[
                &account.business_id.as_uuid(),
                &account.waba_id.as_str(),
                &(now - EDITS_WITHIN),
                &(now - CREATIONS_WITHIN),
                &template_id,
            ],
        )
        .await?;
    for row in rows {
        let ended_at = row.try_get(1)?;
        match row.try_get(0)? {
            CREATE => history.created_at.push(ended_at),
            _ => history.edited_at.push(ended_at),
        }
    }
    Ok(())
}
