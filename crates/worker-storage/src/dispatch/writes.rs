//! The statements of a release.

use chrono::{DateTime, Utc};
use common::campaign::RecipientState;
use common::message::Lane;
use uuid::Uuid;

use super::Locked;
use super::build::{Built, NewCampaignMessage};
use database::BatchTransaction;
use database::StorageError;

const MESSAGES: &str = "
    insert into messages (business_id, campaign_id, phone_number_id, template_id, category, lane, id, hash_version,
        recipient_hash, recipient_sealed, content_sealed, media_id, more_media_ids, expires_at)
    select $1, $2, $3, $4, $5, $6, id, hash_version, recipient_hash, recipient_sealed, content_sealed, media_id,
        more_media_ids::uuid[], expires_at
    from unnest($7::uuid[], $8::smallint[], $9::bytea[], $10::bytea[], $11::bytea[], $12::uuid[], $13::text[],
        $14::timestamptz[])
        as built (id, hash_version, recipient_hash, recipient_sealed, content_sealed, media_id, more_media_ids, expires_at)";
// The rows of a chunk stand close together: between the bounds nothing else is read, whatever the plan. A join could be
// planned the wrong way round, which reads the whole campaign, because its key begins with two constants.
const RELEASED: &str = "
    update campaign_recipients
    set state = $3, message_id = ($5::uuid[])[array_position($4::integer[], row_number)]
    where business_id = $1 and audience_id = $2 and row_number between $6 and $7 and row_number = any($4)";
// A row that is skipped keeps no hash.
const SKIPPED: &str = "
    update campaign_recipients
    set state = $3, skip_reason = ($5::smallint[])[array_position($4::integer[], row_number)], recipient_hash = null
    where business_id = $1 and audience_id = $2 and row_number between $6 and $7 and row_number = any($4)";
const COUNT_ROWS: &str = "
    update campaigns set rows_released = rows_released + $3, rows_skipped = rows_skipped + $4,
        rows_planned = rows_planned - $4
    where business_id = $1 and campaign_id = $2";
const COUNT_ACCEPTED: &str = "
    update accepted_counts set accepted = accepted + $1 where slot = accepted_slot()";

pub(super) async fn messages(
    transaction: &BatchTransaction<'_>,
    campaign: &Locked,
    messages: &[NewCampaignMessage],
) -> Result<(), StorageError> {
    if messages.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = messages
        .iter()
        .map(|message| message.id.as_uuid())
        .collect();
    let versions: Vec<i16> = messages
        .iter()
        .map(|message| message.hash_version)
        .collect();
    let hashes: Vec<&[u8]> = messages
        .iter()
        .map(|message| message.recipient_hash.as_slice())
        .collect();
    let recipients: Vec<&[u8]> = messages
        .iter()
        .map(|message| message.recipient_sealed.as_slice())
        .collect();
    let contents: Vec<&[u8]> = messages
        .iter()
        .map(|message| message.content_sealed.as_slice())
        .collect();
    let media: Vec<Option<Uuid>> = messages
        .iter()
        .map(|message| message.files.media_id)
        .collect();
    let more_media: Vec<Option<&str>> = messages
        .iter()
        .map(|message| message.files.more_media_ids.as_deref())
        .collect();
    let expiries: Vec<DateTime<Utc>> = messages.iter().map(|message| message.expires_at).collect();
    let statement = transaction.prepare_cached(MESSAGES).await?;
    transaction
        .execute(
            &statement,
            &[
                &campaign.business(),
                &campaign.campaign(),
                &campaign.phone_number_id.as_str(),
                &campaign.template_id,
                &campaign.category.code(),
                &Lane::Campaign.code(),
                &ids,
                &versions,
                &hashes,
                &recipients,
                &contents,
                &media,
                &more_media,
                &expiries,
            ],
        )
        .await?;
    Ok(())
}

pub(super) async fn recipients(
    transaction: &BatchTransaction<'_>,
    campaign: &Locked,
    built: &Built,
) -> Result<(), StorageError> {
    let (business, id) = (campaign.business(), campaign.audience());
    let (rows, messages): (Vec<i32>, Vec<Uuid>) = built
        .messages
        .iter()
        .map(|message| (message.row_number, message.id.as_uuid()))
        .unzip();
    if let Some((first, last)) = bounds(&rows) {
        let statement = transaction.prepare_cached(RELEASED).await?;
        let state = RecipientState::Released.code();
        transaction
            .execute(
                &statement,
                &[&business, &id, &state, &rows, &messages, &first, &last],
            )
            .await?;
    }
    let (rows, reasons): (Vec<i32>, Vec<i16>) = built
        .skipped
        .iter()
        .map(|(row, reason)| (*row, reason.code()))
        .unzip();
    if let Some((first, last)) = bounds(&rows) {
        let statement = transaction.prepare_cached(SKIPPED).await?;
        let state = RecipientState::Skipped.code();
        transaction
            .execute(
                &statement,
                &[&business, &id, &state, &rows, &reasons, &first, &last],
            )
            .await?;
    }
    Ok(())
}

/// The smallest and the largest row; `None` when there is none.
fn bounds(rows: &[i32]) -> Option<(i32, i32)> {
    Some((*rows.iter().min()?, *rows.iter().max()?))
}

pub(super) async fn counts(
    transaction: &BatchTransaction<'_>,
    campaign: &Locked,
    built: &Built,
) -> Result<(), StorageError> {
    let released = i32::try_from(built.messages.len()).unwrap_or(i32::MAX);
    let skipped = i32::try_from(built.skipped.len()).unwrap_or(i32::MAX);
    if released == 0 && skipped == 0 {
        return Ok(());
    }
    let statement = transaction.prepare_cached(COUNT_ROWS).await?;
    let (business, id) = (campaign.business(), campaign.campaign());
    transaction
        .execute(&statement, &[&business, &id, &released, &skipped])
        .await?;
    let statement = transaction.prepare_cached(COUNT_ACCEPTED).await?;
    transaction
        .execute(&statement, &[&i64::from(released)])
        .await?;
    Ok(())
}
