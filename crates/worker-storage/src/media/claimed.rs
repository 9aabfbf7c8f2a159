//! What a claim asks and notes of the files of its messages.

use tokio_postgres::Row;
use uuid::Uuid;

use super::MediaKey;
use crate::claim::{ClaimContext, Decision};
use crate::transitions::{Keys, corrupt};
use common::media::MediaAtMeta;
use common::message::EndReason;
use database::BatchTransaction;
use database::StorageError;

// One row for each file, in their order.
const AT_META: &str = "
    select u.business_id is not null, u.meta_media_id, u.error_code
    from unnest($1::uuid[], $2::uuid[], $3::text[]) with ordinality as m (business_id, media_id, phone_number_id, ordinal)
    left join media_uploads u on u.business_id = m.business_id and u.media_id = m.media_id
        and u.phone_number_id = m.phone_number_id and u.expires_at > clock_timestamp()
    order by m.ordinal";
// An upload that is noted already is locked, so that it is not taken out before the messages are held.
const WANT: &str = "
    insert into due_media_uploads as u (business_id, media_id, phone_number_id, due_at)
    select business_id, media_id, phone_number_id, clock_timestamp()
    from unnest($1::uuid[], $2::uuid[], $3::text[]) as m (business_id, media_id, phone_number_id)
    on conflict (business_id, media_id, phone_number_id) do update set due_at = u.due_at";
const REFUSE: &str = "
    update messages m set error_code = r.error_code
    from (select * from unnest($1::uuid[], $2::uuid[], $3::integer[]) limit cardinality($1))
        as r (business_id, id, error_code)
    where m.business_id = r.business_id and m.id = r.id and m.id between $4 and $5";

/// Lets the contexts of messages know where their files stand.
pub(crate) async fn load(
    transaction: &BatchTransaction<'_>,
    files: &[Vec<MediaKey>],
    contexts: &mut [ClaimContext],
) -> Result<(), StorageError> {
    let mut known = at_meta(transaction, files).await?.into_iter();
    for (context, files) in contexts.iter_mut().zip(files) {
        context.eligibility.media = known.by_ref().take(files.len()).collect();
    }
    Ok(())
}

/// Where the files of messages stand, in the order of the messages and of the files of each.
async fn at_meta(
    transaction: &BatchTransaction<'_>,
    files: &[Vec<MediaKey>],
) -> Result<Vec<MediaAtMeta>, StorageError> {
    let (businesses, media, numbers) = columns(files.iter().flatten());
    let statement = transaction.prepare_cached(AT_META).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &media, &numbers])
        .await?;
    rows.iter().map(read).collect()
}

/// Notes uploads that messages wait for.
pub(crate) async fn want(
    transaction: &BatchTransaction<'_>,
    mut uploads: Vec<MediaKey>,
) -> Result<(), StorageError> {
    if uploads.is_empty() {
        return Ok(());
    }
    // In one order, as two claims take them.
    uploads.sort_unstable();
    uploads.dedup();
    let (businesses, media, numbers) = columns(&uploads);
    let statement = transaction.prepare_cached(WANT).await?;
    transaction
        .execute(&statement, &[&businesses, &media, &numbers])
        .await?;
    Ok(())
}

/// Notes with what Meta refused the files of messages that are rejected for it. The messages are locked.
pub(crate) async fn note_refusals(
    transaction: &BatchTransaction<'_>,
    decided: &[(&ClaimContext, Decision)],
) -> Result<(), StorageError> {
    let refused = decided
        .iter()
        .filter_map(|(context, decision)| match decision {
            Decision::Ended(EndReason::MediaRefused(Some(code))) => Some((&context.subject, *code)),
            _ => None,
        });
    let (subjects, codes): (Vec<_>, Vec<i32>) = refused.unzip();
    let keys = subjects
        .iter()
        .map(|subject| (subject.business_id, subject.message_id));
    let Some(keys) = Keys::of(keys) else {
        return Ok(());
    };
    let statement = transaction.prepare_cached(REFUSE).await?;
    transaction
        .execute(
            &statement,
            &[
                &keys.businesses,
                &keys.messages,
                &codes,
                &keys.first,
                &keys.last,
            ],
        )
        .await?;
    Ok(())
}

fn read(row: &Row) -> Result<MediaAtMeta, StorageError> {
    if !row.try_get::<_, bool>(0)? {
        return Ok(MediaAtMeta::NotUploaded);
    }
    outcome(row.try_get(1)?, row.try_get(2)?)
}

/// What a row of `media_uploads` says.
pub(super) fn outcome(
    meta_media_id: Option<&str>,
    error_code: Option<i32>,
) -> Result<MediaAtMeta, StorageError> {
    let Some(id) = meta_media_id else {
        return Ok(MediaAtMeta::Refused(error_code));
    };
    let id = id
        .parse()
        .map_err(|_| corrupt("media_uploads.meta_media_id"))?;
    Ok(MediaAtMeta::Uploaded(id))
}

fn columns<'a>(
    keys: impl IntoIterator<Item = &'a MediaKey>,
) -> (Vec<Uuid>, Vec<Uuid>, Vec<&'a str>) {
    let (mut businesses, mut media, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for key in keys {
        businesses.push(key.business_id.as_uuid());
        media.push(key.media_id.as_uuid());
        numbers.push(key.phone_number_id.as_str());
    }
    (businesses, media, numbers)
}
