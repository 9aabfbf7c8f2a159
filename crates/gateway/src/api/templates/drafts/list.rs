//! `GET /v1/templates/drafts`

use actix_web::HttpResponse;
use serde::Deserialize;
use storage::template_drafts::{self, DraftFilter};

use super::Draft;
use crate::api::templates::author::Authors;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters, Parameters, read_id};
use crate::problem::Problem;

/// Filters. A draft has to match all of them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of this account.
    #[param(pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    waba_id: Option<String>,
    /// With this name.
    #[param(example = "commande_prete")]
    name: Option<String>,
    /// In this language of Meta's.
    #[param(example = "fr")]
    language: Option<String>,
}

/// Lists drafts, newest first, without discarded ones
#[utoipa::path(
    get,
    path = "/v1/templates/drafts",
    params(Wanted, PageParameters),
    responses((status = 200, description = "Drafts", body = List<Draft>))
)]
pub(crate) async fn list_drafts(
    Principal { business, .. }: Principal,
    Parameters(wanted): Parameters<Wanted>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let filter = DraftFilter {
        waba_id: read_id("waba_id", wanted.waba_id)?,
        name: wanted.name,
        language: wanted.language,
        before: page.after()?,
    };
    let mut transaction = business.begin().await?;
    let rows = template_drafts::list(&mut transaction, &business, &filter, page.rows()).await?;
    drop(transaction);
    let authors = Authors::read(&business, rows.iter().map(|row| row.newest.author)).await?;
    let list = page.list(rows, |row| row.id, |row| Draft::new(row, &authors));
    Ok(HttpResponse::Ok().json(list))
}
