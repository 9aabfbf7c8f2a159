//! The rows of a campaign's audience: who gets the message, who is skipped, and why.
//!
//! A row that is skipped keeps its number and its reason and nothing of the person.

mod import;
mod report;
mod sealed;
mod variables;

use common::campaign::{RecipientState, SkipReason};
use common::ids::AudienceId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use database::StorageError;
use database::schema::campaign_recipients;
use database::{BusinessScope, ScopedTransaction};

pub use import::Import;
pub use report::{AudienceReport, FileForm, MESSAGES_SHOWN, ROWS_SHOWN, RowCount};
pub use sealed::{ImportedRow, SealedRecipient};
pub use variables::variables_of;

/// Rows that are skipped, in the file's order, behind `after`, at most `limit`; those of one reason, if one is given.
///
/// # Errors
/// When the database is not available or a reason is not known.
pub async fn skipped_recipients(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    audience_id: AudienceId,
    reason: Option<SkipReason>,
    after: i32,
    limit: i64,
) -> Result<Vec<(i32, SkipReason)>, StorageError> {
    let mut query = campaign_recipients::table
        .filter(scope.owns(campaign_recipients::business_id))
        .filter(campaign_recipients::audience_id.eq(audience_id.as_uuid()))
        .filter(campaign_recipients::row_number.gt(after))
        .filter(campaign_recipients::state.eq(RecipientState::Skipped.code()))
        .select((
            campaign_recipients::row_number,
            campaign_recipients::skip_reason,
        ))
        .order(campaign_recipients::row_number)
        .limit(limit)
        .into_boxed();
    if let Some(reason) = reason {
        query = query.filter(campaign_recipients::skip_reason.eq(reason.code()));
    }
    let rows: Vec<(i32, Option<i16>)> = query.load(&mut **transaction).await?;
    let rows = rows.into_iter().map(|(row, reason)| {
        let reason = reason.and_then(SkipReason::from_code);
        Ok((
            row,
            reason.ok_or(StorageError::Corrupt {
                column: "campaign_recipients.skip_reason",
            })?,
        ))
    });
    rows.collect()
}
