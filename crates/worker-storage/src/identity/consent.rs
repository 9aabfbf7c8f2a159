//! Words on marketing, written for every identifier of the person who gave them.
//!
//! What a person tells the business and what Meta keeps as a preference are two things: START takes back the first, a
//! resumed preference the second. Of two words the later one holds, of two at once the refusal (see the table).

use chrono::{DateTime, Utc};
use common::contact::{IdentifierHash, OptOutSource};
use common::ids::BusinessId;

use super::link::People;
use database::BatchTransaction;
use database::StorageError;

const OPT_OUT: &str = "
    insert into suppressions as s
        (business_id, recipient_hash, hash_version, origin_hash, source, opted_out_at, opted_in_at)
    select $1, h, $3, $4, $5, $6, (select max(k.opted_in_at) from suppressions k
        where k.business_id = $1 and k.recipient_hash = any($2) and k.origin_hash = any($7))
    from unnest($2::bytea[]) as h order by h
    on conflict (business_id, recipient_hash, origin_hash) do update
        set opted_out_at = greatest(s.opted_out_at, excluded.opted_out_at),
            opted_in_at = greatest(s.opted_in_at, excluded.opted_in_at),
            source = case when s.opted_out_at > excluded.opted_out_at then s.source else excluded.source end";
const OPT_IN: &str = "
    insert into suppressions as s (business_id, recipient_hash, hash_version, origin_hash, source, opted_in_at)
    select $1, h, $3, $4, $5, $6 from unnest($2::bytea[]) as h order by h
    on conflict (business_id, recipient_hash, origin_hash) do update
        set opted_in_at = greatest(s.opted_in_at, excluded.opted_in_at)";
const RESUME: &str = "
    update suppressions set opted_in_at = greatest(opted_in_at, $4)
    where business_id = $1 and recipient_hash = any($2) and origin_hash = any($3)";

/// The origin of what a person told the business.
const TO_THE_BUSINESS: &[u8] = &[];

/// Who gave a word, and when.
pub(crate) struct Spoken<'a> {
    pub(crate) business_id: BusinessId,
    /// The identifiers that the item shows, user ids first.
    pub(crate) shown: &'a [IdentifierHash],
    pub(crate) hash_version: i16,
    pub(crate) at: DateTime<Utc>,
}

impl Spoken<'_> {
    /// The person refuses marketing.
    ///
    /// # Errors
    /// When the database is not available.
    pub(crate) async fn opt_out(
        &self,
        transaction: &BatchTransaction<'_>,
        people: &People,
        source: OptOutSource,
    ) -> Result<(), StorageError> {
        let hashes = self.person(people);
        let (origin, same) = if source.is_kept_by_meta() {
            (self.origin(people), self.same_origins(people))
        } else {
            (TO_THE_BUSINESS.to_vec(), vec![TO_THE_BUSINESS.to_vec()])
        };
        let statement = transaction.prepare_cached(OPT_OUT).await?;
        let business = self.business_id.as_uuid();
        transaction
            .execute(
                &statement,
                &[
                    &business,
                    &hashes,
                    &self.hash_version,
                    &origin,
                    &source.as_str(),
                    &self.at,
                    &same,
                ],
            )
            .await?;
        Ok(())
    }

    /// The person told the business that marketing may come again. What Meta keeps stays.
    ///
    /// # Errors
    /// When the database is not available.
    pub(crate) async fn opt_in(
        &self,
        transaction: &BatchTransaction<'_>,
        people: &People,
    ) -> Result<(), StorageError> {
        let origin = TO_THE_BUSINESS;
        self.write_opt_in(transaction, people, origin, OptOutSource::Keyword)
            .await
    }

    /// The person's preference at Meta is marketing again: lifts what the same identifier refused there.
    ///
    /// # Errors
    /// When the database is not available.
    pub(crate) async fn resume(
        &self,
        transaction: &BatchTransaction<'_>,
        people: &People,
    ) -> Result<(), StorageError> {
        let origin = self.origin(people);
        self.write_opt_in(transaction, people, &origin, OptOutSource::Preference)
            .await?;
        let statement = transaction.prepare_cached(RESUME).await?;
        let business = self.business_id.as_uuid();
        let (hashes, origins) = (self.person(people), self.same_origins(people));
        transaction
            .execute(&statement, &[&business, &hashes, &origins, &self.at])
            .await?;
        Ok(())
    }

    async fn write_opt_in(
        &self,
        transaction: &BatchTransaction<'_>,
        people: &People,
        origin: &[u8],
        source: OptOutSource,
    ) -> Result<(), StorageError> {
        let hashes = self.person(people);
        let statement = transaction.prepare_cached(OPT_IN).await?;
        let business = self.business_id.as_uuid();
        transaction
            .execute(
                &statement,
                &[
                    &business,
                    &hashes,
                    &self.hash_version,
                    &origin,
                    &source.as_str(),
                    &self.at,
                ],
            )
            .await?;
        Ok(())
    }

    /// Every identifier of the person.
    fn person(&self, people: &People) -> Vec<Vec<u8>> {
        let mut hashes: Vec<IdentifierHash> = self
            .shown
            .iter()
            .flat_map(|hash| people.hashes(self.business_id, hash))
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        bytes(hashes)
    }

    /// Whose preference it is: Meta keeps them by user id, which it does not always show.
    fn origin(&self, people: &People) -> Vec<u8> {
        let user_ids = self.user_ids(people);
        let shown = self.shown.iter().find(|hash| user_ids.contains(hash));
        let only = match user_ids.as_slice() {
            [only] => Some(only),
            _ => None,
        };
        let origin = shown.or(only).or(self.shown.first());
        origin.map(|hash| hash.to_vec()).unwrap_or_default()
    }

    /// All that the same preference may have been kept under: everything of a person with one user id, else what is shown.
    fn same_origins(&self, people: &People) -> Vec<Vec<u8>> {
        if self.user_ids(people).len() <= 1 {
            self.person(people)
        } else {
            bytes(self.shown.to_vec())
        }
    }

    fn user_ids(&self, people: &People) -> Vec<IdentifierHash> {
        let mut known = self
            .shown
            .iter()
            .filter_map(|hash| people.find(self.business_id, hash));
        known
            .next()
            .map(common::contact::Contact::user_ids)
            .unwrap_or_default()
    }
}

fn bytes(hashes: Vec<IdentifierHash>) -> Vec<Vec<u8>> {
    hashes.into_iter().map(|hash| hash.to_vec()).collect()
}
