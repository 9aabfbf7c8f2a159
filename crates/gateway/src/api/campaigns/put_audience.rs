//! `PUT /v1/campaigns/{campaign_id}/audience`
//!
//! The file is read as a whole, because its encoding is known only at its end, and imported as a stream of rows. Few
//! imports run at a time, one for each business.

use std::time::Duration;

use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use common::ids::CampaignId;
use serde::Deserialize;

use super::audience_report::Audience;
use super::import::{FileColumns, import};
use crate::auth::Principal;
use crate::extract::{Body, BodyBounds, BodyError, Parameters, PathId, is_media_type, read_body};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// The longest file, in bytes: more than a million recipients.
const MAX_FILE: usize = 64 * 1024 * 1024;
/// How long a file may take to arrive.
const FILE_TIMEOUT: Duration = Duration::from_secs(300);

/// The names of special columns of the file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Columns {
    /// The column with the phone numbers. Recognised by its name when not given.
    #[param(example = "Téléphone")]
    phone_column: Option<String>,
    /// The column with the consent to messages. Optional; recognised by its name when not given.
    consent_column: Option<String>,
}

/// Imports the audience of a draft from a CSV file
///
/// The import is also a dry run: the report says which rows are skipped and why, and shows three messages as their
/// recipients will read them. Another import replaces the audience; an import that fails leaves the previous one.
/// Nothing is sent before the campaign is started.
#[utoipa::path(
    put,
    path = "/v1/campaigns/{campaign_id}/audience",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id"), Columns),
    request_body(
        content = String,
        content_type = "text/csv",
        description = "With a header; UTF-8, UTF-16, Windows-1252, MacRoman or CP850; fields between semicolons, commas or tabs; at most 64 MiB"
    ),
    responses((status = 200, description = "The report on the audience", body = Audience))
)]
pub(crate) async fn put_audience(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    PathId(campaign_id): PathId<CampaignId>,
    Parameters(columns): Parameters<Columns>,
    request: HttpRequest,
    file: web::Payload,
) -> Result<HttpResponse, Problem> {
    check_media_type(&request)?;
    let file = read(&request, file).await?;
    let permit = state.limits.import(business.business_id()).await?;
    let Columns {
        phone_column,
        consent_column,
    } = columns;
    let columns = FileColumns {
        phone: phone_column,
        consent: consent_column,
    };
    let report = import(&state, &business, campaign_id, file, columns, permit).await?;
    Ok(HttpResponse::Ok().json(report))
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    if is_media_type(request, "text/csv") {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::MediaTypeUnsupported)
        .detail("Nothing was imported. Send the file with the Content-Type text/csv; save a spreadsheet as CSV first."))
}

async fn read(request: &HttpRequest, file: web::Payload) -> Result<Body, Problem> {
    let bounds = BodyBounds {
        most_bytes: MAX_FILE,
        timeout: FILE_TIMEOUT,
    };
    let body = read_body(request, file, bounds).await;
    body.map_err(|error| match error {
        BodyError::TooLarge => Problem::new(ProblemCode::BodyTooLarge).detail(
            "The file is larger than 64 MiB. Nothing was imported. Split it into several campaigns, or remove unused \
             columns.",
        ),
        BodyError::Incomplete => Problem::new(ProblemCode::AudienceUnreadable)
            .detail("The file is incomplete, and nothing was imported. Send it again."),
        BodyError::Refused(problem) => problem,
    })
}
