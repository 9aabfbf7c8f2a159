//! `GET /v1/templates/drafts/{draft_id}/diff`

use actix_web::HttpResponse;
use common::ids::DraftId;
use common::template::diff;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use storage::template_drafts;
use storage::{BusinessScope, ScopedTransaction, StorageError};
use utoipa::ToSchema;

use super::versions::VersionSummary;
use crate::api::templates::author::Authors;
use crate::auth::Principal;
use crate::extract::{Parameters, PathId};
use crate::problem::Problem;

/// The versions to compare.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// The older version; by default the one before `to`.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 2_147_483_647)]
    from: Option<String>,
    /// The newer version; by default the newest one.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 2_147_483_647)]
    to: Option<String>,
}

/// What differs between two versions of a draft.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateComparison)]
pub(crate) struct Comparison {
    from: VersionSummary,
    to: VersionSummary,
    differences: Vec<Difference>,
}

/// A place where two versions differ.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateDifference)]
pub(crate) struct Difference {
    /// JSON pointer (RFC 6901) to the place in the template.
    #[schema(example = "/components/0/text")]
    pointer: String,
    /// What `from` has there; null when it has nothing.
    old: Option<Value>,
    /// What `to` has there; null when it has nothing.
    new: Option<Value>,
}

/// Compares two versions of a draft
#[utoipa::path(
    get,
    path = "/v1/templates/drafts/{draft_id}/diff",
    params(("draft_id" = uuid::Uuid, Path), Wanted),
    responses((status = 200, description = "Who saved both, and what differs", body = Comparison))
)]
pub(crate) async fn compare_versions(
    Principal { business, .. }: Principal,
    PathId(draft_id): PathId<DraftId>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    let draft = template_drafts::find(&mut transaction, &business, draft_id).await?;
    let to = number("to", wanted.to)?.unwrap_or(draft.newest.number);
    let before = to.saturating_sub(1).max(1);
    let from = number("from", wanted.from)?.unwrap_or(before);
    let to = version(&mut transaction, &business, draft_id, ("to", to)).await?;
    let from = version(&mut transaction, &business, draft_id, ("from", from)).await?;
    drop(transaction);
    let authors = Authors::read(&business, [from.author, to.author]).await?;
    let differences = diff(&from.definition, &to.definition);
    Ok(HttpResponse::Ok().json(Comparison {
        from: VersionSummary::new(&from, &authors),
        to: VersionSummary::new(&to, &authors),
        differences: differences.into_iter().map(Difference::from).collect(),
    }))
}

fn number(name: &str, text: Option<String>) -> Result<Option<i32>, Problem> {
    let number = text.map(|text| text.parse()).transpose();
    number.map_err(|_| not_there(name))
}

async fn version(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    draft_id: DraftId,
    (name, number): (&str, i32),
) -> Result<template_drafts::Version, Problem> {
    let found = template_drafts::find_version(transaction, scope, (draft_id, number)).await;
    found.map_err(|error| match error {
        StorageError::NotFound => not_there(name),
        error => error.into(),
    })
}

fn not_there(name: &str) -> Problem {
    Problem::query(name, "is not a version of this draft")
}

impl From<common::template::Difference> for Difference {
    fn from(difference: common::template::Difference) -> Self {
        let common::template::Difference { pointer, old, new } = difference;
        Self { pointer, old, new }
    }
}
