//! Files that messages carry, as the business that brought them sees them. Their content is sealed in chunks, each bound
//! to its place in the file, and goes out only by `worker_storage::media`.

use std::fmt;

use common::ids::MediaId;
use common::media::MediaType;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::BusinessKeys;
use uuid::Uuid;

use database::StorageError;
use database::schema::{media, media_chunks};
use database::seal_contexts;
use database::{BusinessScope, ScopedTransaction};

/// The bytes of a chunk: what is in memory twice while a file is sealed or opened.
const CHUNK: usize = 512 * 1024;

type Row = (Uuid, String, i32, Option<Vec<u8>>);

type Columns = (
    media::id,
    media::mime_type,
    media::size_bytes,
    media::filename_sealed,
);

const COLUMNS: Columns = (
    media::id,
    media::mime_type,
    media::size_bytes,
    media::filename_sealed,
);

/// What is known of a file beside its content.
#[derive(Clone, PartialEq, Eq)]
pub struct Media {
    /// Its id; the time in it is the time at which the file came.
    pub id: MediaId,
    /// What it is.
    pub media_type: MediaType,
    /// Its size, in bytes.
    pub size_bytes: i32,
    /// The name that recipients of a document see. It may name a person.
    pub filename: Option<String>,
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("id", &self.id)
            .field("media_type", &self.media_type)
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}

/// Keeps a file.
///
/// # Errors
/// When the database is not available or the file cannot be sealed.
pub async fn insert(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    new: &Media,
    content: &[u8],
) -> Result<(), StorageError> {
    let (business_id, id) = (scope.business_id(), new.id.as_uuid());
    let chunks = content.chunks(CHUNK);
    let count = i16::try_from(chunks.len()).map_err(|_| StorageError::Corrupt {
        column: "media.chunks",
    })?;
    let filename = new.filename.as_deref().map(|name| {
        let context = seal_contexts::media_filename(business_id, &id);
        keys.seal(&context, name.as_bytes())
    });
    diesel::insert_into(media::table)
        .values((
            media::business_id.eq(business_id.as_uuid()),
            media::id.eq(id),
            media::mime_type.eq(new.media_type.as_str()),
            media::size_bytes.eq(new.size_bytes),
            media::chunks.eq(count),
            media::filename_sealed.eq(filename.transpose()?),
        ))
        .execute(&mut **transaction)
        .await?;
    for (number, chunk) in (0_i16..).zip(chunks) {
        let row = seal_contexts::media_chunk_row(new.id, number);
        let sealed = keys.seal(&seal_contexts::media_chunk(business_id, &row), chunk)?;
        diesel::insert_into(media_chunks::table)
            .values((
                media_chunks::business_id.eq(business_id.as_uuid()),
                media_chunks::media_id.eq(id),
                media_chunks::number.eq(number),
                media_chunks::content_sealed.eq(sealed),
            ))
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// What is known of a file.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such file.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    id: MediaId,
) -> Result<Media, StorageError> {
    let row = media::table
        .filter(scope.owns(media::business_id))
        .filter(media::id.eq(id.as_uuid()))
        .select(COLUMNS)
        .first(&mut **transaction)
        .await?;
    open(scope, keys, row)
}

/// The files that came before the given one, the newest first, at most `limit`.
///
/// # Errors
/// When the database is not available or a name cannot be opened.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    before: Option<MediaId>,
    limit: i64,
) -> Result<Vec<Media>, StorageError> {
    let before = before.map_or(Uuid::max(), |id| id.as_uuid());
    let rows: Vec<Row> = media::table
        .filter(scope.owns(media::business_id))
        .filter(media::id.lt(before))
        .order(media::id.desc())
        .limit(limit)
        .select(COLUMNS)
        .load(&mut **transaction)
        .await?;
    rows.into_iter().map(|row| open(scope, keys, row)).collect()
}

fn open(scope: &BusinessScope, keys: &BusinessKeys, row: Row) -> Result<Media, StorageError> {
    let (id, mime_type, size_bytes, filename) = row;
    let context = seal_contexts::media_filename(scope.business_id(), &id);
    let filename = filename.map(|sealed| keys.open(&context, &sealed));
    Ok(Media {
        id: MediaId::from_uuid(id),
        media_type: MediaType::of_content_type(&mime_type).ok_or(StorageError::Corrupt {
            column: "media.mime_type",
        })?,
        size_bytes,
        filename: filename
            .transpose()?
            .map(|name| String::from_utf8_lossy(&name).into_owned()),
    })
}
