//! `GET /v1/templates/publications`

use actix_web::HttpResponse;
use common::template::PublicationState;
use serde::Deserialize;
use storage::template_publications::{self, PublicationFilter};

use super::Publication;
use crate::api::templates::author::Authors;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters, Parameters, read_id};
use crate::problem::Problem;

/// Filters. A publication has to match all of them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Of this account.
    #[param(pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    waba_id: Option<String>,
    /// In this state.
    #[param(example = "waiting")]
    state: Option<String>,
    /// Of this draft.
    #[param(value_type = Option<uuid::Uuid>)]
    draft_id: Option<String>,
}

/// Lists publications, newest first
#[utoipa::path(
    get,
    path = "/v1/templates/publications",
    params(Wanted, PageParameters),
    responses((status = 200, description = "Publications", body = List<Publication>))
)]
pub(crate) async fn list_publications(
    Principal { business, .. }: Principal,
    Parameters(wanted): Parameters<Wanted>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let filter = PublicationFilter {
        waba_id: read_id("waba_id", wanted.waba_id)?,
        state: wanted.state.as_deref().map(state).transpose()?,
        draft_id: read_id("draft_id", wanted.draft_id)?,
        template_id: None,
        before: page.after()?,
    };
    let mut transaction = business.begin().await?;
    let rows =
        template_publications::list(&mut transaction, &business, &filter, page.rows()).await?;
    drop(transaction);
    let authors = Authors::read(&business, rows.iter().map(|row| row.requested_by)).await?;
    let list = page.list(rows, |row| row.id, |row| Publication::new(row, &authors));
    Ok(HttpResponse::Ok().json(list))
}

fn state(word: &str) -> Result<PublicationState, Problem> {
    let mut states = PublicationState::ALL.into_iter();
    states
        .find(|state| state.as_str() == word)
        .ok_or_else(|| Problem::query("state", "is not a state of publications"))
}
