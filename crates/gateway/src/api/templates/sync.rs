//! `POST /v1/templates/sync`

use actix_web::{HttpResponse, web};
use broker::Queue;
use common::ids::WabaId;
use common::wire::SyncTemplates;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::account;
use crate::auth::Principal;
use crate::extract::{JsonBody, Trace, text_id};
use crate::problem::Problem;
use crate::state::AppState;

/// The account whose templates to synchronise.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateSync {
    #[schema(value_type = String, pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    #[serde(deserialize_with = "text_id")]
    waba_id: WabaId,
}

/// Reads an account's templates from Meta again
///
/// This runs in the background: see `templates_synced_at` and `templates_sync_error` of the account for its result.
#[utoipa::path(
    post,
    path = "/v1/templates/sync",
    request_body = TemplateSync,
    responses((status = 202, description = "The synchronisation is scheduled", body = TemplateSync))
)]
pub(crate) async fn sync_templates(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    Trace(trace_id): Trace,
    body: JsonBody<TemplateSync>,
) -> Result<HttpResponse, Problem> {
    let waba_id = body.value.waba_id;
    account::check(&mut business.begin().await?, &business, &waba_id).await?;
    let job = SyncTemplates {
        business_id: business.business_id(),
        waba_id: waba_id.clone(),
    };
    let published = state
        .publisher
        .publish(Queue::SyncTemplates, &job, Some(trace_id))
        .await;
    published.map_err(Problem::unavailable)?;
    Ok(HttpResponse::Accepted().json(TemplateSync { waba_id }))
}
