//! `POST /v1/businesses/{business_id}/keys`
//!
//! The secret text of a key is returned in the first response only. The response stored for the `Idempotency-Key` lacks
//! it, and a repeated call gets the id of the key to revoke.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use common::ids::{ApiKeyId, BusinessId};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use storage::api_keys;
use utoipa::ToSchema;

use super::Key;
use crate::api::name;
use crate::extract::{IdempotencyGuard, IdempotencyKey, JsonBody, PathId, StoredResponse};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// A key to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    /// A name to distinguish the key from others.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "till 3, Gounghin"
    )]
    name: String,
}

/// A key that was just created.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedKey<'a> {
    #[schema(value_type = uuid::Uuid)]
    id: ApiKeyId,
    name: &'a str,
    /// The secret to send with each call. It is shown only once.
    #[schema(example = "djb_…")]
    key: &'a str,
    created_at: DateTime<Utc>,
}

/// Creates a key of a business
///
/// The secret is returned in this response only. A repeated call with the same Idempotency-Key creates no second key
/// and gets 409 with the id of the first: revoke that one if its secret was lost.
#[utoipa::path(
    post,
    path = "/v1/businesses/{business_id}/keys",
    params(("business_id" = uuid::Uuid, Path), IdempotencyKey),
    request_body = NewKey,
    responses((status = 201, description = "The key; its secret is shown only once", body = CreatedKey))
)]
pub(crate) async fn create_key(
    state: web::Data<AppState>,
    PathId(business_id): PathId<BusinessId>,
    key: IdempotencyKey,
    body: JsonBody<NewKey>,
) -> Result<HttpResponse, Problem> {
    let now = state.now();
    let name = name::checked(&body.value.name, "/name")?;
    let scope = state.store.business(business_id);
    let once = IdempotencyGuard::of_business(&scope, &key, body.fingerprint).await?;
    let mut transaction = state.store.platform().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Err(shown_before(&earlier));
    }
    let created = api_keys::insert(&mut transaction, Some(business_id), &name, now).await?;
    let kept = Key {
        id: created.id,
        name,
        created_at: now,
        revoked_at: None,
    };
    let recorded = once
        .commit(transaction, StatusCode::CREATED, &kept, now)
        .await?;
    if !recorded.is_first {
        return Err(shown_before(&recorded));
    }
    tracing::info!(business.id = %business_id, created_key.id = %created.id, "a key was created");
    Ok(HttpResponse::Created().json(CreatedKey {
        id: created.id,
        name: &kept.name,
        key: created.text.expose_secret(),
        created_at: now,
    }))
}

fn shown_before(earlier: &StoredResponse) -> Problem {
    let which = serde_json::from_slice::<Key>(&earlier.body).map(|key| format!(" {}", key.id));
    Problem::new(ProblemCode::KeyShownOnce).detail(format!(
        "This Idempotency-Key created the key{} before, and its secret was shown then. If it was lost, revoke \
         that key and create another with a new Idempotency-Key.",
        which.unwrap_or_default()
    ))
}
