//! `POST /v1/templates/preview` and `GET /v1/templates/{template_id}/preview`

use actix_web::http::header::{
    ACCEPT, CONTENT_SECURITY_POLICY, ContentType, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse};
use common::ids::TemplateId;
use common::template::Variables;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use storage::templates;
use template_preview::{Bubble, Theme, page};
use utoipa::ToSchema;

use crate::auth::Principal;
use crate::extract::{JsonBody, Parameters, PathId};
use crate::problem::Problem;

/// The page has a style of its own and loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// A template to preview.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateToPreview {
    /// The JSON object that would create the template at Meta.
    #[schema(value_type = Object)]
    template: Map<String, Value>,
    /// The values of its variables, named as for a message. Those that are missing show the template's examples.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, String>>, example = json!({"1": "Awa"}))]
    variables: Option<Variables>,
}

/// How the page looks.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageTheme {
    /// `light`, `dark`, or `auto` for the reader's own choice. It concerns the page alone.
    #[param(pattern = "^(light|dark|auto)$", example = "dark")]
    theme: Option<String>,
}

/// Shows a template as its recipient will see it
///
/// With `Accept: text/html` the answer is a page that looks like WhatsApp, else the parts of the message as JSON. Nothing is
/// stored, and Meta is not asked.
#[utoipa::path(
    post,
    path = "/v1/templates/preview",
    params(PageTheme),
    request_body = TemplateToPreview,
    responses((status = 200, description = "The message", content(
        (Object = "application/json"),
        (String = "text/html")
    )))
)]
pub(crate) async fn preview_template(
    request: HttpRequest,
    Parameters(theme): Parameters<PageTheme>,
    body: JsonBody<TemplateToPreview>,
) -> Result<HttpResponse, Problem> {
    let TemplateToPreview {
        template,
        variables,
    } = body.value;
    let variables = variables.unwrap_or_default();
    let bubble = Bubble::of(&Value::Object(template), &variables);
    respond(&request, &bubble, &theme)
}

/// Shows a template of Meta's as its recipient sees it
///
/// Variables show the template's examples. With `Accept: text/html` the answer is a page, else JSON.
#[utoipa::path(
    get,
    path = "/v1/templates/{template_id}/preview",
    params(("template_id" = String, Path), PageTheme),
    responses((status = 200, description = "The message", content(
        (Object = "application/json"),
        (String = "text/html")
    )))
)]
pub(crate) async fn preview_of_template(
    Principal { business, .. }: Principal,
    request: HttpRequest,
    PathId(template_id): PathId<TemplateId>,
    Parameters(theme): Parameters<PageTheme>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    let template = templates::find(&mut transaction, &business, &template_id).await?;
    let object = json!({
        "language": template.language,
        "category": template.category.as_meta(),
        "components": template.components,
    });
    respond(&request, &Bubble::of(&object, &Variables::new()), &theme)
}

fn respond(
    request: &HttpRequest,
    bubble: &Bubble,
    PageTheme { theme }: &PageTheme,
) -> Result<HttpResponse, Problem> {
    let theme = match theme {
        None => Theme::default(),
        Some(name) => Theme::named(name)
            .ok_or_else(|| Problem::query("theme", "should be light, dark or auto"))?,
    };
    if !wants_page(request) {
        return Ok(HttpResponse::Ok().json(bubble));
    }
    let response = HttpResponse::Ok()
        .insert_header(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(page(bubble, theme));
    Ok(response)
}

/// Whether the caller names HTML before any JSON.
fn wants_page(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(ACCEPT);
    let accepted = accepted
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let types = accepted
        .split(',')
        .map(|range| range.split(';').next().unwrap_or_default().trim());
    let mut known = types.filter(|range| ["text/html", "application/json"].contains(range));
    known.next() == Some("text/html")
}
