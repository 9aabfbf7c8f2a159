//! The variables of single rows, opened: for showing what their messages say.

use common::ids::AudienceId;
use common::template::Variables;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::BusinessKeys;

use database::StorageError;
use database::schema::campaign_recipients;
use database::seal_contexts::{self, RecipientColumn};
use database::{BusinessScope, ScopedTransaction};

/// The variables of these rows, in the file's order, without rows whose variables are erased.
///
/// # Errors
/// When the database is not available or a value cannot be opened.
pub async fn variables_of(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    audience_id: AudienceId,
    rows: &[i32],
) -> Result<Vec<(i32, Variables)>, StorageError> {
    let sealed: Vec<(i32, Option<Vec<u8>>)> = campaign_recipients::table
        .filter(scope.owns(campaign_recipients::business_id))
        .filter(campaign_recipients::audience_id.eq(audience_id.as_uuid()))
        .filter(campaign_recipients::row_number.eq_any(rows))
        .filter(campaign_recipients::variables_sealed.is_not_null())
        .select((
            campaign_recipients::row_number,
            campaign_recipients::variables_sealed,
        ))
        .order(campaign_recipients::row_number)
        .load(&mut **transaction)
        .await?;
    let open = |(row_number, sealed): (i32, Option<Vec<u8>>)| {
        let row = seal_contexts::audience_row(audience_id, row_number);
        let context = seal_contexts::campaign_recipient(
            scope.business_id(),
            &row,
            RecipientColumn::Variables,
        );
        let variables = keys.open(&context, &sealed.unwrap_or_default())?;
        let variables = serde_json::from_slice(&variables).map_err(|_| StorageError::Corrupt {
            column: "campaign_recipients.variables_sealed",
        })?;
        Ok((row_number, variables))
    };
    sealed.into_iter().map(open).collect()
}
