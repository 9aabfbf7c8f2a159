//! `GET /v1/campaigns/{campaign_id}/skipped-recipients`

use actix_web::HttpResponse;
use common::campaign::SkipReason;
use common::ids::CampaignId;
use serde::{Deserialize, Serialize};
use storage::campaign_recipients::skipped_recipients;
use storage::campaigns;
use utoipa::ToSchema;

use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters, Parameters, PathId};
use crate::problem::Problem;

/// Filter by reason.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only rows that are skipped for this reason.
    #[param(example = "duplicate")]
    reason: Option<String>,
}

/// A skipped row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkippedRecipient {
    /// The row number, as a spreadsheet shows it: the header is row 1.
    row: i32,
    #[schema(example = "duplicate")]
    reason: &'static str,
}

/// Lists the skipped rows, in the order of the file
#[utoipa::path(
    get,
    path = "/v1/campaigns/{campaign_id}/skipped-recipients",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id"), Wanted, PageParameters),
    responses((status = 200, description = "Rows", body = List<SkippedRecipient>))
)]
pub(crate) async fn list_skipped_recipients(
    Principal { business, .. }: Principal,
    PathId(campaign_id): PathId<CampaignId>,
    Parameters(wanted): Parameters<Wanted>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let after = page.after()?.unwrap_or(0);
    let reason = wanted.reason.as_deref().map(|word| {
        let reason = SkipReason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word);
        reason.ok_or_else(|| Problem::query("reason", "is not a reason for skipping rows"))
    });
    let reason = reason.transpose()?;
    let mut transaction = business.begin().await?;
    let campaign = campaigns::find(&mut transaction, &business, campaign_id).await?;
    let limit = page.rows();
    let rows = match campaign.audience_id {
        Some(audience) => {
            skipped_recipients(&mut transaction, &business, audience, reason, after, limit).await?
        }
        None => Vec::new(),
    };
    let show = |(row, reason): (i32, SkipReason)| SkippedRecipient {
        row,
        reason: reason.as_str(),
    };
    Ok(HttpResponse::Ok().json(page.list(rows, |(row, _)| *row, show)))
}
