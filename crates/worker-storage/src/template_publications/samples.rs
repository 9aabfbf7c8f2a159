//! Files that a template shows as samples in its header: ours, to be uploaded to Meta.

use common::ids::{BusinessId, MediaId};
use common::media::MediaType;
use database::{BatchRole, StorageError, Store};

use crate::media::content::open_chunks;
use crate::transitions::corrupt;

const FILE: &str =
    "select mime_type, size_bytes, chunks from media where business_id = $1 and id = $2";
const CHUNKS: &str = "
    select content_sealed from media_chunks where business_id = $1 and media_id = $2 order by number";

/// A sample file.
pub struct Sample {
    /// What it is.
    pub media_type: MediaType,
    /// Its content.
    pub content: Vec<u8>,
}

/// Reads a file of a business; `None` when it is no longer stored.
///
/// # Errors
/// When the database is not available, a part of the file is missing, or it cannot be opened.
pub async fn read_sample(
    store: &Store,
    business_id: BusinessId,
    media_id: MediaId,
) -> Result<Option<Sample>, StorageError> {
    let keys = store.keys(business_id).await?;
    let mut connection = store.batch(BatchRole::Sync).await?;
    let transaction = connection.begin().await?;
    let (business, media) = (business_id.as_uuid(), media_id.as_uuid());
    let statement = transaction.prepare_cached(FILE).await?;
    let file = transaction
        .query_opt(&statement, &[&business, &media])
        .await?;
    let Some(file) = file else {
        return Ok(None);
    };
    let statement = transaction.prepare_cached(CHUNKS).await?;
    let rows = transaction.query(&statement, &[&business, &media]).await?;
    drop(transaction);
    let (mime_type, bytes, chunks): (&str, i32, i16) =
        (file.try_get(0)?, file.try_get(1)?, file.try_get(2)?);
    if i16::try_from(rows.len()) != Ok(chunks) {
        return Err(corrupt("media.chunks"));
    }
    let sealed = rows.into_iter().map(|row| row.try_get(0));
    let sealed = sealed.collect::<Result<Vec<Vec<u8>>, _>>()?;
    let bytes = usize::try_from(bytes).map_err(|_| corrupt("media.size_bytes"))?;
    Ok(Some(Sample {
        media_type: MediaType::of_content_type(mime_type).ok_or(corrupt("media.mime_type"))?,
        content: open_chunks(business_id, media_id, &keys, sealed, bytes)?,
    }))
}
