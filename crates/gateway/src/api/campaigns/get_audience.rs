//! `GET /v1/campaigns/{campaign_id}/audience`

use actix_web::HttpResponse;
use common::ids::CampaignId;
use storage::campaigns;

use super::audience_report::Audience;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::{Problem, ProblemCode};

/// Returns the report on the audience again
#[utoipa::path(
    get,
    path = "/v1/campaigns/{campaign_id}/audience",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The report on the audience", body = Audience))
)]
pub(crate) async fn get_audience(
    Principal { business, .. }: Principal,
    PathId(campaign_id): PathId<CampaignId>,
) -> Result<HttpResponse, Problem> {
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    let campaign = campaigns::find(&mut transaction, &business, campaign_id).await?;
    let report = Audience::load(&mut transaction, &business, &keys, &campaign).await?;
    let report = report.ok_or_else(|| {
        Problem::new(ProblemCode::NotFound)
            .detail("The campaign has no audience yet: PUT its file to /audience.")
    })?;
    Ok(HttpResponse::Ok().json(report))
}
