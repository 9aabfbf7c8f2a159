//! `POST /v1/templates/validate`

use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::validity::Validity;
use crate::extract::JsonBody;
use crate::problem::Problem;

/// A template to validate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateToValidate {
    /// The JSON object that would create the template at Meta.
    #[schema(value_type = Object)]
    template: Map<String, Value>,
}

/// Checks a template against the rules of Meta
///
/// Nothing is stored, and Meta is not asked: a valid template may still be rejected for what it says.
#[utoipa::path(
    post,
    path = "/v1/templates/validate",
    request_body = TemplateToValidate,
    responses((status = 200, description = "The rules that the template breaks, if any", body = Validity))
)]
pub(crate) async fn validate_template(
    body: JsonBody<TemplateToValidate>,
) -> Result<HttpResponse, Problem> {
    let definition = Value::Object(body.value.template);
    Ok(HttpResponse::Ok().json(Validity::of(&definition)))
}
