//! Which of its files a held message waits for.

use common::ids::MediaId;
use uuid::Uuid;

use crate::claim::MessageKey;
use crate::transitions::Keys;
use database::BatchTransaction;
use database::StorageError;

// A message with one file names it already.
const NAME: &str = "
    update messages m set media_id = w.media_id,
        more_media_ids = array_append(array_remove(m.more_media_ids, w.media_id), m.media_id)
    from (select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) limit cardinality($1))
        as w (business_id, id, media_id)
    where m.business_id = w.business_id and m.id = w.id and m.id between $4 and $5
        and m.media_id <> w.media_id and m.more_media_ids is not null";

/// Lets each message name the file that it waits for in the column by which the upload of that file finds it. All
/// missing files of a message are uploaded at the same time; when this one is, the message is claimed again, and waits
/// for another if one is still missing: the upload of that one is recorded anew if it failed meanwhile, as nobody named its
/// file then. The messages are locked.
pub(crate) async fn name_missing(
    transaction: &BatchTransaction<'_>,
    waiting: &[(MessageKey, MediaId)],
) -> Result<(), StorageError> {
    let Some(keys) = Keys::of(waiting.iter().map(|(key, _)| *key)) else {
        return Ok(());
    };
    let media: Vec<Uuid> = waiting.iter().map(|(_, media)| media.as_uuid()).collect();
    let statement = transaction.prepare_cached(NAME).await?;
    transaction
        .execute(
            &statement,
            &[
                &keys.businesses,
                &keys.messages,
                &media,
                &keys.first,
                &keys.last,
            ],
        )
        .await?;
    Ok(())
}
