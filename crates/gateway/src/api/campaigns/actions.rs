//! `POST /v1/campaigns/{campaign_id}/start`, `/pause`, `/resume` and `/cancel`
//!
//! The campaign is locked, pure rules decide whether the action is allowed, and all its effects are one transaction.
//! Repeating an action changes nothing and returns the same. Progress is counted after the commit, because counting is
//! slow and the sender needs the locked rows.

use actix_web::{HttpResponse, web};
use common::campaign::CampaignTransition;
use common::ids::CampaignId;
use common::message::Lane;
use common::trace::TraceId;
use common::wire::MessageRef;
use storage::campaigns::{self, Campaign};
use storage::{BusinessScope, ScopedTransaction, phone_numbers, templates};

use super::{CampaignProgress, with_progress};
use crate::accept::{check_connected, check_sendable};
use crate::auth::Principal;
use crate::extract::{PathId, Trace};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Starts a campaign
///
/// Its audience can no longer be changed, and its messages are dispatched.
#[utoipa::path(
    post,
    path = "/v1/campaigns/{campaign_id}/start",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignProgress))
)]
pub(crate) async fn start_campaign(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    Trace(trace_id): Trace,
    PathId(campaign_id): PathId<CampaignId>,
) -> Result<HttpResponse, Problem> {
    act(
        &state,
        &business,
        trace_id,
        campaign_id,
        CampaignTransition::Start,
    )
    .await
}

/// Pauses a campaign
///
/// No further messages are sent, except those whose request to Meta has already begun.
#[utoipa::path(
    post,
    path = "/v1/campaigns/{campaign_id}/pause",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignProgress))
)]
pub(crate) async fn pause_campaign(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    Trace(trace_id): Trace,
    PathId(campaign_id): PathId<CampaignId>,
) -> Result<HttpResponse, Problem> {
    act(
        &state,
        &business,
        trace_id,
        campaign_id,
        CampaignTransition::Pause(None),
    )
    .await
}

/// Resumes a paused campaign
#[utoipa::path(
    post,
    path = "/v1/campaigns/{campaign_id}/resume",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignProgress))
)]
pub(crate) async fn resume_campaign(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    Trace(trace_id): Trace,
    PathId(campaign_id): PathId<CampaignId>,
) -> Result<HttpResponse, Problem> {
    act(
        &state,
        &business,
        trace_id,
        campaign_id,
        CampaignTransition::Resume,
    )
    .await
}

/// Cancels a campaign
///
/// This cannot be undone. Messages that were not sent are cancelled, except those whose request to Meta has already
/// begun.
#[utoipa::path(
    post,
    path = "/v1/campaigns/{campaign_id}/cancel",
    params(("campaign_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignProgress))
)]
pub(crate) async fn cancel_campaign(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    Trace(trace_id): Trace,
    PathId(campaign_id): PathId<CampaignId>,
) -> Result<HttpResponse, Problem> {
    act(
        &state,
        &business,
        trace_id,
        campaign_id,
        CampaignTransition::Cancel,
    )
    .await
}

async fn act(
    state: &AppState,
    scope: &BusinessScope,
    trace_id: TraceId,
    campaign_id: CampaignId,
    transition: CampaignTransition,
) -> Result<HttpResponse, Problem> {
    let mut transaction = scope.begin().await?;
    let campaign = campaigns::lock(&mut transaction, scope, campaign_id).await?;
    let change = campaign.state.after(transition).map_err(|refused| {
        Problem::new(ProblemCode::WrongState).detail(format!("Nothing was changed: {refused}."))
    })?;
    let mut freed = Vec::new();
    if let Some(change) = change {
        if transition == CampaignTransition::Start {
            check_ready(&mut transaction, scope, &campaign).await?;
        }
        let now = state.clock.now();
        freed = campaigns::apply(&mut transaction, scope, &campaign, &change, now).await?;
    }
    transaction.commit().await?;
    let business_id = scope.business_id();
    let message = |message_id| MessageRef {
        business_id,
        message_id,
        trace_id: Some(trace_id),
    };
    state
        .acceptor
        .publish(Lane::Campaign, freed.into_iter().map(message));
    let keys = scope.keys().await?;
    let shown = with_progress(&mut scope.begin().await?, scope, &keys, campaign_id).await?;
    Ok(HttpResponse::Ok().json(shown))
}

async fn check_ready(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    campaign: &Campaign,
) -> Result<(), Problem> {
    if campaign.rows.planned == 0 {
        return Err(Problem::new(ProblemCode::AudienceEmpty).detail(
            "Nothing was changed. Give the campaign an audience first: PUT its file to /audience.",
        ));
    }
    let id = campaign
        .phone_number_id
        .parse()
        .map_err(Problem::internal)?;
    check_connected(&phone_numbers::get(transaction, scope, &id).await?)?;
    let id = campaign.template_id.parse().map_err(Problem::internal)?;
    check_sendable(&templates::find(transaction, scope, &id).await?.status)
}
