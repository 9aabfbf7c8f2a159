//! `DELETE /v1/businesses/{business_id}/keys/{key_id}`

use actix_web::{HttpResponse, web};
use common::ids::{ApiKeyId, BusinessId};
use storage::api_keys;

use crate::extract::PathId;
use crate::problem::Problem;
use crate::state::AppState;

/// Revokes a key of a business
///
/// All processes refuse it within 5 seconds. Revoking it again changes nothing.
#[utoipa::path(
    delete,
    path = "/v1/businesses/{business_id}/keys/{key_id}",
    params(("business_id" = uuid::Uuid, Path), ("key_id" = uuid::Uuid, Path)),
    responses((status = 204, description = "Revoked"))
)]
pub(crate) async fn revoke_key(
    state: web::Data<AppState>,
    PathId(business_id): PathId<BusinessId>,
    PathId(key_id): PathId<ApiKeyId>,
) -> Result<HttpResponse, Problem> {
    api_keys::revoke(&state.store, business_id, key_id, state.now()).await?;
    tracing::info!(business.id = %business_id, revoked_key.id = %key_id, "a key was revoked");
    Ok(HttpResponse::NoContent().finish())
}
