//! `GET /v1/templates`

use std::fmt;
use std::str::FromStr;

use actix_web::HttpResponse;
use common::template::{Category, TemplateStatus};
use serde::Deserialize;
use storage::templates::{self, TemplateFilter, TemplateKey};

use super::Template;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters, Parameters, read_id};
use crate::problem::Problem;

/// Filters. A template has to match all of them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of this account.
    #[param(pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    waba_id: Option<String>,
    /// With this status of Meta's.
    #[param(example = "APPROVED")]
    status: Option<String>,
    /// With this name.
    name: Option<String>,
    /// In this language of Meta's.
    #[param(example = "fr")]
    language: Option<String>,
    /// Of this category of Meta's.
    #[param(example = "UTILITY")]
    category: Option<String>,
}

/// The key of a row in a cursor.
struct Cursor(TemplateKey);

/// Lists templates by name and language
#[utoipa::path(
    get,
    path = "/v1/templates",
    params(Wanted, PageParameters),
    responses((status = 200, description = "Templates", body = List<Template>))
)]
pub(crate) async fn list_templates(
    Principal { business, .. }: Principal,
    Parameters(wanted): Parameters<Wanted>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let Wanted {
        waba_id,
        status,
        name,
        language,
        category,
    } = wanted;
    let filter = TemplateFilter {
        waba_id: read_id("waba_id", waba_id)?,
        status: status.as_deref().map(TemplateStatus::from_meta),
        name,
        language,
        category: category.as_deref().map(Category::from_meta),
        after: page.after::<Cursor>()?.map(|Cursor(key)| key),
    };
    let mut transaction = business.begin().await?;
    let found = templates::list(&mut transaction, &business, &filter, page.size()).await?;
    let items = Template::show(&mut transaction, &business, found.items).await?;
    Ok(HttpResponse::Ok().json(List::new(items, found.next.map(Cursor))))
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither ids nor languages contain a space, and the name comes last.
        write!(
            f,
            "{} {} {}",
            self.0.template_id, self.0.language, self.0.name
        )
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, ' ');
        let mut part = || parts.next().ok_or(());
        let (id, language, name) = (part()?, part()?, part()?);
        Ok(Self(TemplateKey {
            name: name.to_owned(),
            language: language.to_owned(),
            template_id: id.parse().map_err(drop)?,
        }))
    }
}
