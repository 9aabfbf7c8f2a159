//! `GET /v1/media`

use actix_web::HttpResponse;
use storage::media;

use super::Media;
use crate::auth::Scope;
use crate::extract::{List, Page, PageParameters};
use crate::problem::Problem;

/// Lists files, newest first
#[utoipa::path(
    get,
    path = "/v1/media",
    tag = "media",
    params(PageParameters),
    responses((status = 200, description = "Files", body = List<Media>))
)]
pub(crate) async fn list_media(Scope(scope): Scope, page: Page) -> Result<HttpResponse, Problem> {
    let before = page.after()?;
    let keys = scope.keys().await?;
    let mut transaction = scope.begin().await?;
    let rows = media::list(&mut transaction, &scope, &keys, before, page.rows()).await?;
    Ok(HttpResponse::Ok().json(page.list(rows, |media| media.id, Media::from)))
}
