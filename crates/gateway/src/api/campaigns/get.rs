//! `GET /v1/campaigns/{campaign_id}`

use actix_web::HttpResponse;
use common::ids::CampaignId;

use super::{CampaignProgress, with_progress};
use crate::auth::Scope;
use crate::extract::PathId;
use crate::problem::Problem;

/// Shows a campaign and how far it is
#[utoipa::path(
    get,
    path = "/v1/campaigns/{campaign_id}",
    tag = "campaigns",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignProgress))
)]
pub(crate) async fn get_campaign(
    Scope(scope): Scope,
    PathId(campaign_id): PathId<CampaignId>,
) -> Result<HttpResponse, Problem> {
    let keys = scope.keys().await?;
    let mut transaction = scope.begin().await?;
    let shown = with_progress(&mut transaction, &scope, &keys, campaign_id).await?;
    Ok(HttpResponse::Ok().json(shown))
}
