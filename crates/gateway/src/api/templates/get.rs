//! `GET /v1/templates/{template_id}`

use actix_web::HttpResponse;
use common::ids::TemplateId;
use storage::templates;

use super::Template;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// Returns a template of any status
#[utoipa::path(
    get,
    path = "/v1/templates/{template_id}",
    params(("template_id" = String, Path)),
    responses((status = 200, description = "The template", body = Template))
)]
pub(crate) async fn get_template(
    Principal { business, .. }: Principal,
    PathId(template_id): PathId<TemplateId>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    let template = templates::find(&mut transaction, &business, &template_id).await?;
    let shown = Template::show(&mut transaction, &business, vec![template]).await?;
    Ok(HttpResponse::Ok().json(shown.first()))
}
