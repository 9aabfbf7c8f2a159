//! The categories that were asked for, to compare them with Meta's.

use std::collections::BTreeMap;

use common::ids::TemplateId;
use common::template::{Category, PublicationState};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use database::StorageError;
use database::schema::{template_publications as publications, template_versions as versions};
use database::{BusinessScope, ScopedTransaction};

/// The category that was asked for in the newest version that Meta accepted, for those of these templates that were
/// published from a draft.
///
/// # Errors
/// When the database is not available.
pub async fn requested_categories(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    template_ids: &[&str],
) -> Result<BTreeMap<TemplateId, Category>, StorageError> {
    let rows: Vec<(Option<String>, Value)> = publications::table
        .inner_join(
            versions::table.on(versions::business_id
                .eq(publications::business_id)
                .and(publications::draft_id.eq(versions::draft_id.nullable()))
                .and(publications::version.eq(versions::version.nullable()))),
        )
        .filter(scope.owns(publications::business_id))
        .filter(publications::template_id.eq_any(template_ids))
        .filter(publications::state.eq(PublicationState::Accepted.code()))
        .order((
            publications::template_id,
            publications::publication_id.desc(),
        ))
        .distinct_on(publications::template_id)
        .select((publications::template_id, versions::definition))
        .load(&mut **transaction)
        .await?;
    let requested = rows.into_iter().filter_map(|(template_id, definition)| {
        let category = definition.get("category").and_then(Value::as_str)?;
        Some((template_id?.parse().ok()?, Category::from_meta(category)))
    });
    Ok(requested.collect())
}
