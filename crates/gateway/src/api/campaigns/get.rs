//! `GET /v1/campaigns/{campaign_id}`

use actix_web::HttpResponse;
use common::ids::CampaignId;

use super::{CampaignProgress, with_progress};
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// Returns a campaign and its progress
#[utoipa::path(
    get,
    path = "/v1/campaigns/{campaign_id}",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignProgress))
)]
pub(crate) async fn get_campaign(
    Principal { business, .. }: Principal,
    PathId(campaign_id): PathId<CampaignId>,
) -> Result<HttpResponse, Problem> {
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    let shown = with_progress(&mut transaction, &business, &keys, campaign_id).await?;
    Ok(HttpResponse::Ok().json(shown))
}
