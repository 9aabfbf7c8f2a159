//! `GET /v1/events`

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use common::ids::{CampaignId, InboundId, MessageId};
use serde::{Deserialize, Serialize};
use storage::events;
use utoipa::ToSchema;

use crate::auth::Principal;
use crate::extract::Parameters;
use crate::problem::Problem;

const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 1_000;

/// From where to read.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedPosition {
    /// The number of the last event that was read; 0 for the beginning.
    #[param(value_type = Option<i64>, minimum = 0, default = 0)]
    after: Option<String>,
    /// How many events at most, 1 to 1000.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
}

/// Events in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feed {
    items: Vec<Event>,
    /// What to pass as `after` next time.
    last_number: i64,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// Its place in the feed: without gaps, and final once read.
    number: i64,
    #[serde(rename = "type")]
    #[schema(example = "message.delivered")]
    event_type: String,
    #[schema(value_type = Option<uuid::Uuid>)]
    message_id: Option<MessageId>,
    #[schema(value_type = Option<uuid::Uuid>)]
    campaign_id: Option<CampaignId>,
    #[schema(value_type = Option<uuid::Uuid>)]
    inbound_message_id: Option<InboundId>,
    /// States, codes and flags; what names a person is read at the thing itself.
    data: serde_json::Value,
    occurred_at: DateTime<Utc>,
}

/// Reads the event feed
///
/// Numbers are without gaps and a reader past one has seen all before it, so pass `last_number` as `after` the next time.
#[utoipa::path(
    get,
    path = "/v1/events",
    params(FeedPosition),
    responses((status = 200, description = "Events in their order", body = Feed))
)]
pub(crate) async fn list_events(
    Principal { business, .. }: Principal,
    Parameters(from): Parameters<FeedPosition>,
) -> Result<HttpResponse, Problem> {
    let after = number(from.after.as_deref(), "after", 0, 0..=i64::MAX)?;
    let limit = number(from.limit.as_deref(), "limit", DEFAULT_LIMIT, 1..=MAX_LIMIT)?;
    let rows = events::list(&mut business.begin().await?, &business, after, limit).await?;
    let items: Vec<Event> = rows.into_iter().map(Event::from).collect();
    let last_number = items.last().map_or(after, |event| event.number);
    Ok(HttpResponse::Ok().json(Feed { items, last_number }))
}

fn number(
    text: Option<&str>,
    name: &str,
    default: i64,
    allowed: std::ops::RangeInclusive<i64>,
) -> Result<i64, Problem> {
    let Some(text) = text else { return Ok(default) };
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| {
        let (least, most) = (allowed.start(), allowed.end());
        Problem::query(name, format!("should be a number from {least} to {most}"))
    })
}

impl From<events::Event> for Event {
    fn from(event: events::Event) -> Self {
        Self {
            number: event.number,
            event_type: event.event_type,
            message_id: event.message_id,
            campaign_id: event.campaign_id,
            inbound_message_id: event.inbound_id,
            data: event.data,
            occurred_at: event.occurred_at,
        }
    }
}
