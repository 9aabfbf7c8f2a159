//! The content of a file, for its upload.

use common::ids::{BusinessId, MediaId};
use sealing::BusinessKeys;

use super::{File, MediaKey};
use crate::transitions::corrupt;
use database::StorageError;
use database::seal_contexts;
use database::{BatchRole, Store};

const CHUNKS: &str = "
    select content_sealed from media_chunks where business_id = $1 and media_id = $2 order by number";

/// A file as it left the database, sealed.
pub struct UploadContent {
    chunks: Vec<Vec<u8>>,
    bytes: usize,
}

/// Reads a file.
///
/// # Errors
/// When the database is not available, or a part of the file is missing.
pub async fn read(
    store: &Store,
    key: &MediaKey,
    file: File,
) -> Result<UploadContent, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(CHUNKS).await?;
    let rows = transaction
        .query(
            &statement,
            &[&key.business_id.as_uuid(), &key.media_id.as_uuid()],
        )
        .await?;
    let chunks = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<Vec<u8>>, _>>()?;
    if i16::try_from(chunks.len()) != Ok(file.chunks) {
        return Err(corrupt("media.chunks"));
    }
    Ok(UploadContent {
        chunks,
        bytes: usize::try_from(file.bytes).unwrap_or_default(),
    })
}

impl UploadContent {
    /// Opens the file. Each sealed part is let go when it was opened.
    ///
    /// # Errors
    /// When a part does not open with these keys, or the whole has another size than it had.
    pub fn open(self, key: &MediaKey, keys: &BusinessKeys) -> Result<Vec<u8>, StorageError> {
        open_chunks(key.business_id, key.media_id, keys, self.chunks, self.bytes)
    }
}

/// Opens a file of so many bytes, part by part.
pub(crate) fn open_chunks(
    business_id: BusinessId,
    media_id: MediaId,
    keys: &BusinessKeys,
    chunks: Vec<Vec<u8>>,
    bytes: usize,
) -> Result<Vec<u8>, StorageError> {
    let mut content = Vec::with_capacity(bytes);
    for (number, sealed) in (0_i16..).zip(chunks) {
        let row = seal_contexts::media_chunk_row(media_id, number);
        let seal_context = seal_contexts::media_chunk(business_id, &row);
        content.extend_from_slice(&keys.open(&seal_context, &sealed)?);
    }
    if content.len() == bytes {
        Ok(content)
    } else {
        Err(corrupt("media.size_bytes"))
    }
}
