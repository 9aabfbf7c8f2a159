//! Writes a new audience beside the one that a draft has, chunk by chunk, each in a transaction of its own; at the end it takes
//! its place.
//!
//! Whether a number occurs twice is left to the unique index: of several rows with one number the first is planned.
//! Whether a person opted out is asked by the hashes of every live pepper, because an opt-out keeps the pepper it was
//! written with.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use common::campaign::{RecipientState, SkipReason};
use common::ids::{AudienceId, CampaignId};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Array, Binary, Bool, Integer, SmallInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::report::ImportStats;
use super::{AudienceReport, FileForm, ImportedRow, SealedRecipient};
use crate::audiences;
use database::StorageError;
use database::schema::{campaigns, suppressions};
use database::{BusinessScope, ScopedTransaction};

const INSERT_PLANNED: &str = "
    insert into campaign_recipients (business_id, audience_id, row_number, state, noted, hash_version,
        recipient_hash, recipient_sealed, variables_sealed)
    select $1, $2, row_number, $3, noted, hash_version, recipient_hash, recipient_sealed, variables_sealed
    from unnest($4, $5, $6, $7, $8, $9)
        as r (row_number, noted, hash_version, recipient_hash, recipient_sealed, variables_sealed)
    order by row_number
    on conflict (business_id, audience_id, recipient_hash) where recipient_hash is not null do nothing
    returning row_number";

const INSERT_SKIPPED: &str = "
    insert into campaign_recipients (business_id, audience_id, row_number, state, skip_reason)
    select $1, $2, row_number, $3, skip_reason from unnest($4, $5) as r (row_number, skip_reason)";

/// So many rows that cannot be read are kept, the rest is counted: a file of nothing else would fill the table for nobody.
const MALFORMED_ROWS_KEPT: i32 = 10_000;

/// An import that is under way.
pub struct Import {
    scope: BusinessScope,
    campaign_id: CampaignId,
    audience_id: AudienceId,
    /// Whether an opt-out covers what the campaign sends.
    respects_opt_out: bool,
    stats: ImportStats,
}

#[derive(QueryableByName)]
struct InsertedRow {
    #[diesel(sql_type = Integer)]
    row_number: i32,
}

impl Import {
    /// Begins an audience for a campaign of the business.
    ///
    /// # Errors
    /// When the database is not available, or there is no such campaign.
    pub async fn begin(
        scope: &BusinessScope,
        campaign_id: CampaignId,
        respects_opt_out: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            scope: scope.clone(),
            campaign_id,
            audience_id: audiences::begin(scope, campaign_id, now).await?,
            respects_opt_out,
            stats: ImportStats::default(),
        })
    }

    /// The audience that is made: its rows are sealed under it.
    #[must_use]
    pub const fn audience_id(&self) -> AudienceId {
        self.audience_id
    }

    /// Adds rows, in the file's order.
    ///
    /// # Errors
    /// When the database is not available; [`StorageError::NotFound`] when the audience was discarded and deleted meanwhile.
    pub async fn add(&mut self, rows: Vec<ImportedRow>) -> Result<(), StorageError> {
        let (mut planned, mut skipped) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                ImportedRow::Planned(recipient) => planned.push(recipient),
                ImportedRow::Skipped { row_number, reason } => skipped.push((row_number, reason)),
            }
        }
        let mut transaction = self.scope.begin().await?;
        if self.respects_opt_out {
            let opted_out = self.opted_out(&mut transaction, &planned).await?;
            let is_out = |recipient: &SealedRecipient| {
                recipient
                    .all_hashes
                    .iter()
                    .any(|hash| opted_out.contains(hash.as_slice()))
            };
            let out = planned.extract_if(.., |recipient| is_out(recipient));
            skipped.extend(out.map(|recipient| (recipient.row_number, SkipReason::Suppressed)));
        }
        let inserted = self.insert_planned(&mut transaction, &planned).await?;
        for recipient in planned {
            if inserted.contains(&recipient.row_number) {
                self.stats.plan(&recipient);
            } else {
                skipped.push((recipient.row_number, SkipReason::Duplicate));
            }
        }
        skipped.sort_unstable();
        let mut kept = Vec::with_capacity(skipped.len());
        for (row_number, reason) in skipped {
            let of_reason = self.stats.leave_out(row_number, reason);
            if reason != SkipReason::MalformedRow || of_reason <= MALFORMED_ROWS_KEPT {
                kept.push((row_number, reason));
            }
        }
        self.insert_skipped(&mut transaction, &kept).await?;
        transaction.commit().await
    }

    /// Puts the audience in its place, with its counts and its report. The campaign must be locked, and a draft.
    ///
    /// # Errors
    /// When the database is not available; [`StorageError::NotFound`] when it took so long that the audience was discarded.
    pub async fn finish(
        self,
        transaction: &mut ScopedTransaction,
        file: FileForm,
        now: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let ids = (self.campaign_id, self.audience_id);
        audiences::adopt(transaction, &self.scope, ids, now).await?;
        let (planned, skipped) = (self.stats.planned, self.stats.skipped());
        let report = AudienceReport {
            file,
            shown: self.stats.shown(),
            skipped_recipients: self.stats.skipped_recipients,
            notes: self.stats.notes,
        };
        let report =
            serde_json::to_value(report).map_err(|error| StorageError::Refused(Box::new(error)))?;
        let campaign = campaigns::table
            .filter(self.scope.owns(campaigns::business_id))
            .filter(campaigns::campaign_id.eq(self.campaign_id.as_uuid()));
        diesel::update(campaign)
            .set((
                campaigns::rows_read.eq(planned.saturating_add(skipped)),
                campaigns::rows_planned.eq(planned),
                campaigns::rows_skipped.eq(skipped),
                campaigns::audience.eq(report),
            ))
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }

    /// Which of the recipients' hashes are those of people who opted out.
    async fn opted_out(
        &self,
        transaction: &mut ScopedTransaction,
        recipients: &[SealedRecipient],
    ) -> Result<HashSet<Vec<u8>>, StorageError> {
        let hashes = recipients
            .iter()
            .flat_map(|recipient| &recipient.all_hashes);
        let hashes: Vec<&[u8]> = hashes.map(<[u8; 32]>::as_slice).collect();
        let found: Vec<Vec<u8>> = suppressions::table
            .filter(self.scope.owns(suppressions::business_id))
            .filter(suppressions::is_opted_out)
            .filter(suppressions::recipient_hash.eq_any(hashes))
            .select(suppressions::recipient_hash)
            .load(&mut **transaction)
            .await?;
        Ok(found.into_iter().collect())
    }

    /// Gives back the rows whose number was not planned before.
    async fn insert_planned(
        &self,
        transaction: &mut ScopedTransaction,
        rows: &[SealedRecipient],
    ) -> Result<HashSet<i32>, StorageError> {
        if rows.is_empty() {
            return Ok(HashSet::new());
        }
        let versions = column(rows, |row| row.hash.version);
        let hashes = column(rows, |row| row.hash.bytes.as_slice());
        let inserted: Vec<InsertedRow> = diesel::sql_query(INSERT_PLANNED)
            .bind::<SqlUuid, _>(self.scope.business_id().as_uuid())
            .bind::<SqlUuid, _>(self.audience_id.as_uuid())
            .bind::<SmallInt, _>(RecipientState::Planned.code())
            .bind::<Array<Integer>, _>(column(rows, |row| row.row_number))
            .bind::<Array<Bool>, _>(column(rows, |row| !row.notes.is_empty()))
            .bind::<Array<SmallInt>, _>(versions)
            .bind::<Array<Binary>, _>(hashes)
            .bind::<Array<Binary>, _>(column(rows, |row| row.recipient_sealed.as_slice()))
            .bind::<Array<Binary>, _>(column(rows, |row| row.variables_sealed.as_slice()))
            .load(&mut **transaction)
            .await
            .map_err(is_deleted)?;
        Ok(inserted.into_iter().map(|row| row.row_number).collect())
    }

    async fn insert_skipped(
        &self,
        transaction: &mut ScopedTransaction,
        rows: &[(i32, SkipReason)],
    ) -> Result<(), StorageError> {
        if rows.is_empty() {
            return Ok(());
        }
        diesel::sql_query(INSERT_SKIPPED)
            .bind::<SqlUuid, _>(self.scope.business_id().as_uuid())
            .bind::<SqlUuid, _>(self.audience_id.as_uuid())
            .bind::<SmallInt, _>(RecipientState::Skipped.code())
            .bind::<Array<Integer>, _>(column(rows, |row| row.0))
            .bind::<Array<SmallInt>, _>(column(rows, |row| row.1.code()))
            .execute(&mut **transaction)
            .await
            .map_err(is_deleted)?;
        Ok(())
    }
}

/// Rows whose audience is gone.
fn is_deleted(error: Error) -> StorageError {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => StorageError::NotFound,
        error => error.into(),
    }
}

fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}
