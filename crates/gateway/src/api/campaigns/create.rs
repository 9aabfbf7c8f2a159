//! `POST /v1/campaigns`

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use common::ids::{CampaignId, PhoneNumberId};
use common::template::{Category, TemplateShape, Variables, compose};
use serde::Deserialize;
use storage::campaigns::{self, NewCampaign};
use utoipa::ToSchema;

use super::{CampaignProgress, VariableSource, VariableSources, with_progress};
use crate::accept::{find_media, find_number, find_template, missing_filenames, shape_of};
use crate::api::messages::{TemplateRef, variables_problem};
use crate::api::name;
use crate::auth::Principal;
use crate::extract::{IdempotencyGuard, IdempotencyKey, JsonBody, text_id};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// A campaign to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CampaignToPrepare {
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Rentrée 2026"
    )]
    name: String,
    /// The `phone_number_id` to send from.
    #[schema(value_type = String, pattern = "^[0-9]{1,32}$", example = "106540352242922")]
    #[serde(deserialize_with = "text_id")]
    from: PhoneNumberId,
    template: TemplateRef,
    /// The source of each variable of the template. The file of a header, also of a card, is the same for all recipients:
    /// `{"text": "<its id>"}`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, VariableSource>, example = json!({"1": {"column": "Prénom"}, "2": {"text": "samedi"}}))]
    variables: VariableSources,
}

/// Creates a campaign
///
/// It is a draft: import an audience, check the skipped rows, then start the campaign.
#[utoipa::path(
    post,
    path = "/v1/campaigns",
    params(IdempotencyKey),
    request_body = CampaignToPrepare,
    responses((status = 201, description = "The draft", body = CampaignProgress))
)]
pub(crate) async fn create_campaign(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    key: IdempotencyKey,
    body: JsonBody<CampaignToPrepare>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let once = IdempotencyGuard::of_business(&business, &key, body.fingerprint).await?;
    if let Some(earlier) = once.earlier(&mut business.begin().await?).await? {
        return Ok(earlier.respond());
    }
    let CampaignToPrepare {
        name,
        from,
        template,
        mut variables,
    } = body.value;
    let name = name::checked(&name, "/name")?;
    let number = find_number(&state, &business, &from).await?;
    let template = find_template(
        &state,
        &business,
        &number,
        (&template.name, &template.language),
    )
    .await?;
    let shape = shape_of(&template)?;
    check_category(&template.category)?;
    let sample = check_sources(shape, &variables, now)?;
    let media = find_media(&state, &business, shape, &sample).await?;
    for (variable, filename) in missing_filenames(&sample, &media) {
        let name = VariableSource::Text(filename.to_owned());
        variables.insert(variable.to_owned(), name);
    }
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    let campaign = NewCampaign {
        id: CampaignId::new(now),
        name: &name,
        phone_number_id: from.as_str(),
        template_id: template.template_id.as_str(),
        variables: &serde_json::to_value(&variables).map_err(Problem::internal)?,
        created_at: now,
    };
    campaigns::insert(&mut transaction, &business, &keys, &campaign).await?;
    let shown = with_progress(&mut transaction, &business, &keys, campaign.id).await?;
    let recorded = once
        .commit(transaction, StatusCode::CREATED, &shown, now)
        .await?;
    Ok(recorded.respond())
}

/// Refuses one-time codes.
fn check_category(category: &Category) -> Result<(), Problem> {
    if category.suits_campaigns() {
        return Ok(());
    }
    Err(Problem::new(ProblemCode::TemplateUnsupported).at(
        "/template",
        "is for one-time codes, which are sent one by one with POST /v1/messages",
    ))
}

/// The variables, with a sample value for those that come from columns.
fn check_sources(
    shape: &TemplateShape,
    sources: &VariableSources,
    now: DateTime<Utc>,
) -> Result<Variables, Problem> {
    let value = |variable: &str, source: &VariableSource| match source {
        VariableSource::Column(name) if name.trim().is_empty() => String::new(),
        VariableSource::Column(_) => shape.sample(variable).to_owned(),
        VariableSource::Text(text) => text.clone(),
    };
    let sample: Variables = sources
        .iter()
        .map(|(name, source)| (name.clone(), value(name, source)))
        .collect();
    compose(shape, &sample, now).map_err(|error| variables_problem(&error))?;
    Ok(sample)
}
