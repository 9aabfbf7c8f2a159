//! Taking uploads: each is one sender's until its lease ends.

use crate::conditions::NUMBER_SENDS;
use const_format::formatcp;
use std::time::Duration;

use common::ids::{BusinessId, MediaId, WabaId};
use common::media::MediaType;
use common::secret::AccessToken;
use sealing::BusinessKeys;
use tokio_postgres::Row;
use uuid::Uuid;

use super::MediaKey;
use super::claimed::outcome;
use crate::transitions::corrupt;
use common::media::MediaAtMeta;
use database::StorageError;
use database::seal_contexts;
use database::{BatchRole, Store};

const DUE: &str = formatcp!("
    select d.business_id, d.media_id, d.phone_number_id, d.attempt, u.business_id is not null, u.meta_media_id,
        u.error_code, f.mime_type, f.size_bytes, f.chunks, n.waba_id, a.token_sealed, a.fingerprint
    from due_media_uploads d
    left join media_uploads u on u.business_id = d.business_id and u.media_id = d.media_id
        and u.phone_number_id = d.phone_number_id and u.expires_at > clock_timestamp()
    left join media f on f.business_id = d.business_id and f.id = d.media_id
    left join phone_numbers n on n.business_id = d.business_id and n.phone_number_id = d.phone_number_id
        and {NUMBER_SENDS}
    left join access_tokens a on a.business_id = n.business_id and a.waba_id = n.waba_id
    where d.due_at <= (select clock_timestamp())
    order by d.due_at limit $1
    for update of d skip locked");
const LEASE: &str = "
    update due_media_uploads d set attempt = least(d.attempt, 30000) + 1,
        due_at = clock_timestamp() + t.lease_ms * interval '1 millisecond'
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) as t (business_id, media_id, phone_number_id, lease_ms)
    where d.business_id = t.business_id and d.media_id = t.media_id and d.phone_number_id = t.phone_number_id";

/// For how long an upload is the sender's that took it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// In any case.
    pub least: Duration,
    /// More for each million bytes.
    pub per_million_bytes: Duration,
}

/// An upload that is this sender's until its lease ends.
pub struct Upload {
    /// Which file, for which number.
    pub key: MediaKey,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// What came of it before, when that still holds: then messages only have to be freed.
    pub known: Option<MediaAtMeta>,
    /// The file; `None` when it is here no longer.
    pub file: Option<File>,
    /// Where and as whom it is uploaded; `None` while its number cannot send.
    pub account: Option<Account>,
}

/// The file of an upload.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// What it is.
    pub media_type: MediaType,
    /// Its size.
    pub bytes: u32,
    pub(super) chunks: i16,
}

/// The account of an upload.
pub struct Account {
    /// Its id.
    pub waba_id: WabaId,
    /// Tells its token from others.
    pub token_fingerprint: String,
    token_sealed: Vec<u8>,
}

impl Lease {
    /// The lease of a file of so many bytes.
    #[must_use]
    pub fn of(self, bytes: u32) -> Duration {
        self.least + self.per_million_bytes.mul_f64(f64::from(bytes) / 1e6)
    }
}

impl Account {
    /// The token to upload with.
    ///
    /// # Errors
    /// When it does not open with these keys.
    pub fn token(
        &self,
        business_id: BusinessId,
        keys: &BusinessKeys,
    ) -> Result<AccessToken, StorageError> {
        let seal_context = seal_contexts::access_token(business_id, &self.waba_id);
        let token = keys.open(&seal_context, &self.token_sealed)?;
        let token = str::from_utf8(&token).map_err(|_| corrupt("access_tokens.token_sealed"))?;
        Ok(AccessToken::new(token.to_owned()))
    }
}

/// Takes at most `limit` uploads that are due and that no other sender works on.
///
/// # Errors
/// When the database is not available: then none is taken, or their leases end.
pub async fn take_due(
    store: &Store,
    limit: i64,
    lease: Lease,
) -> Result<Vec<Upload>, StorageError> {
    let mut connection = store.batch(BatchRole::Sender).await?;
    let transaction = connection.begin().await?;
    let statement = transaction.prepare_cached(DUE).await?;
    let rows = transaction.query(&statement, &[&limit]).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let taken = rows
        .iter()
        .map(Upload::read)
        .collect::<Result<Vec<_>, _>>()?;
    let column = |value: fn(&Upload) -> Uuid| taken.iter().map(value).collect::<Vec<_>>();
    let numbers: Vec<&str> = taken
        .iter()
        .map(|upload| upload.key.phone_number_id.as_str())
        .collect();
    let leases: Vec<i64> = taken
        .iter()
        .map(|upload| {
            let lease = lease.of(upload.file.map_or(0, |file| file.bytes));
            i64::try_from(lease.as_millis()).unwrap_or(i64::MAX)
        })
        .collect();
    let statement = transaction.prepare_cached(LEASE).await?;
    transaction
        .execute(
            &statement,
            &[
                &column(|upload| upload.key.business_id.as_uuid()),
                &column(|upload| upload.key.media_id.as_uuid()),
                &numbers,
                &leases,
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(taken)
}

impl Upload {
    fn read(row: &Row) -> Result<Self, StorageError> {
        let number: &str = row.try_get(2)?;
        let attempt: i16 = row.try_get(3)?;
        let known = match row.try_get(4)? {
            true => Some(outcome(row.try_get(5)?, row.try_get(6)?)?),
            false => None,
        };
        Ok(Self {
            key: MediaKey {
                business_id: BusinessId::from_uuid(row.try_get(0)?),
                media_id: MediaId::from_uuid(row.try_get(1)?),
                phone_number_id: number
                    .parse()
                    .map_err(|_| corrupt("due_media_uploads.phone_number_id"))?,
            },
            attempt: u32::try_from(attempt).unwrap_or_default() + 1,
            known,
            file: File::read(row)?,
            account: Account::read(row)?,
        })
    }
}

impl File {
    fn read(row: &Row) -> Result<Option<Self>, StorageError> {
        let bytes: Option<i32> = row.try_get(8)?;
        let (Some(mime_type), Some(bytes), Some(chunks)) =
            (row.try_get(7)?, bytes, row.try_get(9)?)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            media_type: MediaType::of_content_type(mime_type).ok_or(corrupt("media.mime_type"))?,
            bytes: u32::try_from(bytes).map_err(|_| corrupt("media.size_bytes"))?,
            chunks,
        }))
    }
}

impl Account {
    fn read(row: &Row) -> Result<Option<Self>, StorageError> {
        let waba_id: Option<&str> = row.try_get(10)?;
        let (Some(waba_id), Some(token_sealed), Some(token_fingerprint)) =
            (waba_id, row.try_get(11)?, row.try_get(12)?)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            waba_id: waba_id
                .parse()
                .map_err(|_| corrupt("phone_numbers.waba_id"))?,
            token_fingerprint,
            token_sealed,
        }))
    }
}
