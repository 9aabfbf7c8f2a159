//! `GET /v1/templates/drafts/{draft_id}/versions` and `/versions/{version}`

use std::num::ParseIntError;
use std::str::FromStr;

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use common::ids::DraftId;
use serde::Serialize;
use serde_json::Value;
use storage::template_drafts;
use utoipa::ToSchema;

use crate::api::templates::author::{Author, Authors};
use crate::api::templates::definition::shown_schema;
use crate::api::templates::validity::Validity;
use crate::auth::Principal;
use crate::extract::{InPath, List, Page, PageParameters, PathId};
use crate::problem::Problem;

/// Who saved a version, and when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateVersionSummary)]
pub(crate) struct VersionSummary {
    /// The number of the version, from 1.
    #[schema(example = 3)]
    version: i32,
    author: Author,
    created_at: DateTime<Utc>,
}

/// A version of a draft.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateVersion)]
pub(crate) struct Version {
    #[serde(flatten)]
    summary: VersionSummary,
    #[schema(schema_with = shown_schema)]
    template: Value,
    #[serde(flatten)]
    validity: Validity,
}

/// The number of a version in the path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VersionNumber(i32);

impl FromStr for VersionNumber {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl InPath for VersionNumber {
    const NAME: &'static str = "version";
}

impl VersionSummary {
    pub(super) fn new(version: &template_drafts::Version, authors: &Authors) -> Self {
        Self {
            version: version.number,
            author: authors.show(version.author),
            created_at: version.created_at,
        }
    }
}

/// Lists the versions of a draft, newest first
#[utoipa::path(
    get,
    path = "/v1/templates/drafts/{draft_id}/versions",
    params(("draft_id" = uuid::Uuid, Path), PageParameters),
    responses((status = 200, description = "Versions, without their texts", body = List<VersionSummary>))
)]
pub(crate) async fn list_versions(
    Principal { business, .. }: Principal,
    PathId(draft_id): PathId<DraftId>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let before = page.after()?;
    let mut transaction = business.begin().await?;
    template_drafts::find(&mut transaction, &business, draft_id).await?;
    let wanted = (draft_id, before);
    let rows =
        template_drafts::list_versions(&mut transaction, &business, wanted, page.rows()).await?;
    drop(transaction);
    let authors = Authors::read(&business, rows.iter().map(|row| row.author)).await?;
    let show = |row| VersionSummary::new(&row, &authors);
    Ok(HttpResponse::Ok().json(page.list(rows, |row| row.number, show)))
}

/// Returns a version of a draft
#[utoipa::path(
    get,
    path = "/v1/templates/drafts/{draft_id}/versions/{version}",
    params(("draft_id" = uuid::Uuid, Path), ("version" = i32, Path, minimum = 1, example = 1)),
    responses((status = 200, description = "The version", body = Version))
)]
pub(crate) async fn get_version(
    Principal { business, .. }: Principal,
    PathId(draft_id): PathId<DraftId>,
    PathId(VersionNumber(number)): PathId<VersionNumber>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    template_drafts::find(&mut transaction, &business, draft_id).await?;
    let wanted = (draft_id, number);
    let version = template_drafts::find_version(&mut transaction, &business, wanted).await?;
    drop(transaction);
    let authors = Authors::read(&business, [version.author]).await?;
    Ok(HttpResponse::Ok().json(Version {
        summary: VersionSummary::new(&version, &authors),
        validity: Validity::of(&version.definition),
        template: version.definition,
    }))
}
