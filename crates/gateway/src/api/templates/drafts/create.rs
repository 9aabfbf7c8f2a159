//! `POST /v1/templates/drafts`

use actix_web::{HttpResponse, web};
use common::ids::WabaId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Draft;
use super::store::{self, NewDraft};
use crate::api::templates::account;
use crate::api::templates::author::Authors;
use crate::api::templates::definition::{self, DefinitionToSave};
use crate::auth::Principal;
use crate::extract::{IdempotencyGuard, IdempotencyKey, JsonBody, text_id};
use crate::problem::Problem;
use crate::state::AppState;

/// A template to write.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateDraftToCreate)]
pub(crate) struct DraftToCreate {
    /// The account.
    #[schema(value_type = String, pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    #[serde(deserialize_with = "text_id")]
    waba_id: WabaId,
    #[schema(schema_with = definition::schema)]
    template: DefinitionToSave,
}

/// Saves a draft of a new template
///
/// It is stored whether it keeps the rules of Meta or not: `faults` says what has to change before it can be published.
#[utoipa::path(
    post,
    path = "/v1/templates/drafts",
    params(IdempotencyKey),
    request_body = DraftToCreate,
    responses((status = 201, description = "The draft", body = Draft))
)]
pub(crate) async fn create_draft(
    state: web::Data<AppState>,
    principal: Principal,
    key: IdempotencyKey,
    body: JsonBody<DraftToCreate>,
) -> Result<HttpResponse, Problem> {
    let business = &principal.business;
    let once = IdempotencyGuard::of_business(business, &key, body.fingerprint).await?;
    let DraftToCreate { waba_id, template } = body.value;
    let definition = template.checked()?;
    let authors = Authors::read(business, [principal.actor.key_id()]).await?;
    let mut transaction = business.begin().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Ok(earlier.respond());
    }
    account::check(&mut transaction, business, &waba_id).await?;
    let new = NewDraft {
        waba_id: &waba_id,
        template_id: None,
        definition,
    };
    let work = (&once, transaction);
    store::create(&principal, work, new, (&authors, state.now())).await
}
