//! `POST /v1/businesses`

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use common::ids::BusinessId;
use common::phone::Region;
use serde::Deserialize;
use storage::businesses;
use utoipa::ToSchema;

use super::Business;
use crate::api::name;
use crate::extract::{IdempotencyGuard, IdempotencyKey, JsonBody};
use crate::problem::Problem;
use crate::state::AppState;

/// A business to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBusiness {
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Boutique Wend-Panga"
    )]
    name: String,
    /// ISO 3166 alpha-2. Phone numbers in national notation are read as numbers of this country.
    #[serde(default = "burkina_faso")]
    #[schema(default = "BF", pattern = "^[A-Za-z]{2}$", example = "BF")]
    country: String,
}

/// Creates a business
///
/// The keys that encrypt its data are created with it. It then needs an API key of its own, or the platform's key acts
/// for it.
#[utoipa::path(
    post,
    path = "/v1/businesses",
    params(IdempotencyKey),
    request_body = NewBusiness,
    responses((status = 201, description = "The business", body = Business))
)]
pub(crate) async fn create_business(
    state: web::Data<AppState>,
    key: IdempotencyKey,
    body: JsonBody<NewBusiness>,
) -> Result<HttpResponse, Problem> {
    let now = state.now();
    let name = name::checked(&body.value.name, "/name")?;
    let region: Region = body.value.country.parse().map_err(|_| {
        Problem::body(
            "/country",
            "should be the two-letter code of a country, such as BF",
        )
    })?;
    let once = IdempotencyGuard::of_platform(&state, &key, body.fingerprint);
    let mut transaction = state.store.platform().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Ok(earlier.respond());
    }
    let business = businesses::Business {
        id: BusinessId::new(now),
        name,
        country: region.to_string(),
        created_at: now,
    };
    businesses::insert(&mut transaction, &state.store, &business).await?;
    let body = Business::from(business);
    let recorded = once
        .commit(transaction, StatusCode::CREATED, &body, now)
        .await?;
    if recorded.is_first {
        tracing::info!(business.id = %body.id, "a business was created");
    }
    Ok(recorded.respond())
}

fn burkina_faso() -> String {
    Region::BF.to_string()
}
