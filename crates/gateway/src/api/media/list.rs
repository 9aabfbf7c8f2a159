//! `GET /v1/media`

use actix_web::HttpResponse;
use storage::media;

use super::Media;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters};
use crate::problem::Problem;

/// Lists files, newest first
#[utoipa::path(
    get,
    path = "/v1/media",
    params(PageParameters),
    responses((status = 200, description = "Files", body = List<Media>))
)]
pub(crate) async fn list_media(
    Principal { business, .. }: Principal,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let before = page.after()?;
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    let rows = media::list(&mut transaction, &business, &keys, before, page.rows()).await?;
    Ok(HttpResponse::Ok().json(page.list(rows, |media| media.id, Media::from)))
}
