//! `GET /v1/templates/starter-pack`

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::Value;
use starter_pack::templates;
use utoipa::ToSchema;

use crate::api::templates::definition::shown_schema;
use crate::problem::Problem;

/// A template of the starter pack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StarterTemplate {
    /// The name, which tells what it is for.
    #[schema(example = "sales_ticket")]
    name: &'static str,
    /// Meta's language code.
    #[schema(example = "fr")]
    language: &'static str,
    #[schema(schema_with = shown_schema)]
    template: Value,
}

/// The templates of the starter pack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StarterPack {
    items: Vec<StarterTemplate>,
}

/// Lists the starter pack
///
/// Templates for what shops send most, in French and English. They can be installed as they are, or changed as drafts.
#[utoipa::path(
    get,
    path = "/v1/templates/starter-pack",
    responses((status = 200, description = "The templates", body = StarterPack))
)]
pub(crate) async fn list_starter_pack() -> Result<HttpResponse, Problem> {
    let shown = templates().map(|template| {
        Ok(StarterTemplate {
            name: template.purpose.name(),
            language: template.language.as_str(),
            template: template.definition()?,
        })
    });
    let items: Result<Vec<_>, serde_json::Error> = shown.collect();
    Ok(HttpResponse::Ok().json(StarterPack {
        items: items.map_err(Problem::internal)?,
    }))
}
