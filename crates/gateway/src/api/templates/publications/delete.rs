//! `DELETE /v1/templates/{template_id}` and `POST /v1/templates/deletions`

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use common::ids::{TemplateId, WabaId};
use common::template::{PublicationAction, TemplateStatus};
use serde::Deserialize;
use storage::templates::{self, Template};
use storage::{BusinessScope, ScopedTransaction, StorageError};
use utoipa::ToSchema;

use super::Publication;
use super::request::Request;
use crate::api::templates::account;
use crate::api::templates::author::Authors;
use crate::auth::Principal;
use crate::extract::{IdempotencyGuard, IdempotencyKey, JsonBody, PathId, text_id};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Templates to delete by name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateDeletion)]
pub(crate) struct Deletion {
    /// The account.
    #[schema(value_type = String, pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    #[serde(deserialize_with = "text_id")]
    waba_id: WabaId,
    /// The name.
    #[schema(example = "offre_de_2025")]
    name: String,
    /// The language; all languages of the name when it is not given.
    #[schema(example = "fr")]
    language: Option<String>,
}

/// Deletes a template at Meta
///
/// This runs in the background: see the publication's `state`. Meta refuses to use the name of an approved template again
/// for 30 days. Messages with the template that were not sent are not sent any more. While a deletion waits, the same
/// deletion is returned again.
#[utoipa::path(
    delete,
    path = "/v1/templates/{template_id}",
    params(("template_id" = String, Path)),
    responses((status = 202, description = "The deletion waits for its turn", body = Publication))
)]
pub(crate) async fn delete_template(
    state: web::Data<AppState>,
    Principal {
        actor, business, ..
    }: Principal,
    PathId(template_id): PathId<TemplateId>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    let template = templates::find(&mut transaction, &business, &template_id).await?;
    let by = (actor.key_id(), state.now());
    let request = of_template(template)?;
    let publication = request.store(&mut transaction, &business, by).await?;
    transaction.commit().await?;
    let authors = Authors::read(&business, [publication.requested_by]).await?;
    Ok(HttpResponse::Accepted().json(Publication::new(publication, &authors)))
}

/// Deletes a template at Meta by its name
///
/// In one language, or in all of them. Otherwise as `DELETE /v1/templates/{template_id}`.
#[utoipa::path(
    post,
    path = "/v1/templates/deletions",
    params(IdempotencyKey),
    request_body = Deletion,
    responses((status = 202, description = "The deletion waits for its turn", body = Publication))
)]
pub(crate) async fn delete_templates(
    state: web::Data<AppState>,
    Principal {
        actor, business, ..
    }: Principal,
    key: IdempotencyKey,
    body: JsonBody<Deletion>,
) -> Result<HttpResponse, Problem> {
    let once = IdempotencyGuard::of_business(&business, &key, body.fingerprint).await?;
    let authors = Authors::read(&business, [actor.key_id()]).await?;
    let now = state.now();
    let mut transaction = business.begin().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Ok(earlier.respond());
    }
    let request = of_name(&mut transaction, &business, body.value).await?;
    let by = (actor.key_id(), now);
    let publication = request.store(&mut transaction, &business, by).await?;
    let shown = Publication::new(publication, &authors);
    let recorded = once
        .commit(transaction, StatusCode::ACCEPTED, &shown, now)
        .await?;
    Ok(recorded.respond())
}

fn of_template(template: Template) -> Result<Request, Problem> {
    if template.status == TemplateStatus::Deleted {
        return Err(Problem::new(ProblemCode::WrongState)
            .detail("The template was deleted at Meta already. There is nothing to do."));
    }
    Ok(Request {
        action: PublicationAction::Delete,
        waba_id: template.waba_id,
        source: None,
        template_id: Some(template.template_id),
        name: template.name,
        language: Some(template.language),
    })
}

async fn of_name(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    deletion: Deletion,
) -> Result<Request, Problem> {
    let Deletion {
        waba_id,
        name,
        language,
    } = deletion;
    account::check(transaction, scope, &waba_id).await?;
    if let Some(language) = language {
        let found = templates::find_by_name(transaction, scope, &waba_id, &name, &language).await;
        return found.map_err(unknown).and_then(of_template);
    }
    if !templates::has_name(transaction, scope, &waba_id, &name).await? {
        return Err(unknown(StorageError::NotFound));
    }
    Ok(Request {
        action: PublicationAction::Delete,
        waba_id,
        source: None,
        template_id: None,
        name,
        language: None,
    })
}

fn unknown(error: StorageError) -> Problem {
    match error {
        StorageError::NotFound => Problem::new(ProblemCode::TemplateUnknown)
            .detail(
                "Nothing was asked of Meta. GET /v1/templates lists the templates of the account.",
            )
            .at(
                "/name",
                "is not a template of this account in this language",
            ),
        error => error.into(),
    }
}
