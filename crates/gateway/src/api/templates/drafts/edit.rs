//! `POST /v1/templates/{template_id}/draft`

use actix_web::{HttpRequest, HttpResponse, web};
use common::ids::TemplateId;
use common::template::TemplateStatus;
use serde_json::json;
use storage::templates::{self, Template};

use super::Draft;
use super::store::{self, NewDraft};
use crate::api::templates::author::Authors;
use crate::api::templates::definition::Definition;
use crate::auth::Principal;
use crate::extract::{Fingerprint, IdempotencyGuard, IdempotencyKey, PathId};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Makes a draft from a template at Meta, to edit it
///
/// Publishing the draft edits the template. Samples of files in headers have to be given again: Meta returns links to
/// them, which it does not accept.
#[utoipa::path(
    post,
    path = "/v1/templates/{template_id}/draft",
    params(("template_id" = String, Path), IdempotencyKey),
    responses((status = 201, description = "The draft", body = Draft))
)]
pub(crate) async fn edit_template(
    state: web::Data<AppState>,
    principal: Principal,
    request: HttpRequest,
    PathId(template_id): PathId<TemplateId>,
    key: IdempotencyKey,
) -> Result<HttpResponse, Problem> {
    let business = &principal.business;
    let fingerprint = Fingerprint::of(&request, &[]);
    let once = IdempotencyGuard::of_business(business, &key, fingerprint).await?;
    let authors = Authors::read(business, [principal.actor.key_id()]).await?;
    let mut transaction = business.begin().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Ok(earlier.respond());
    }
    let template = templates::find(&mut transaction, business, &template_id).await?;
    if template.status == TemplateStatus::Deleted {
        return Err(Problem::new(ProblemCode::WrongState).detail(
            "The template was deleted at Meta and cannot be edited. Nothing was saved. Write a new template under \
             another name.",
        ));
    }
    let new = NewDraft {
        waba_id: &template.waba_id,
        template_id: Some(&template_id),
        definition: definition_of(&template),
    };
    let work = (&once, transaction);
    store::create(&principal, work, new, (&authors, state.now())).await
}

/// The JSON object that would create the template.
fn definition_of(template: &Template) -> Definition {
    Definition::new(json!({
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "parameter_format": template.parameter_format,
        "components": template.components,
    }))
}
