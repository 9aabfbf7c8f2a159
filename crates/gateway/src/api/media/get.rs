//! `GET /v1/media/{media_id}`

use actix_web::HttpResponse;
use common::ids::MediaId;
use storage::media;

use super::Media;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// Returns the metadata of a file
///
/// The content is never returned.
#[utoipa::path(
    get,
    path = "/v1/media/{media_id}",
    params(("media_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The file", body = Media))
)]
pub(crate) async fn get_media(
    Principal { business, .. }: Principal,
    PathId(media_id): PathId<MediaId>,
) -> Result<HttpResponse, Problem> {
    let keys = business.keys().await?;
    let media = media::find(&mut business.begin().await?, &business, &keys, media_id).await?;
    Ok(HttpResponse::Ok().json(Media::from(media)))
}
