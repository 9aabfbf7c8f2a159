//! `GET /v1/campaigns`

use actix_web::HttpResponse;
use storage::campaigns;

use super::Campaign;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters};
use crate::problem::Problem;

/// Lists campaigns, newest first
#[utoipa::path(
    get,
    path = "/v1/campaigns",
    params(PageParameters),
    responses((status = 200, description = "Campaigns", body = List<Campaign>))
)]
pub(crate) async fn list_campaigns(
    Principal { business, .. }: Principal,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let before = page.after()?;
    let keys = business.keys().await?;
    let rows =
        campaigns::list(&mut business.begin().await?, &business, before, page.rows()).await?;
    let opened = rows.into_iter().map(|row| Campaign::opened(row, &keys));
    let campaigns: Vec<Campaign> = opened.collect::<Result<_, _>>()?;
    Ok(HttpResponse::Ok().json(page.list(campaigns, |campaign| campaign.id, |campaign| campaign)))
}
