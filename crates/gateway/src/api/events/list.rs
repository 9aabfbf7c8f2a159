//! `GET /v1/events`

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use common::feed::EventType;
use common::ids::{CampaignId, InboundId, MessageId};
use serde::{Deserialize, Serialize};
use storage::events;
use utoipa::ToSchema;

use crate::auth::Principal;
use crate::extract::Parameters;
use crate::problem::Problem;

const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 1_000;
/// The event number in examples.
const EXAMPLE_NUMBER: i64 = 42;
/// The time in examples, in seconds of Unix time.
const EXAMPLE_SECONDS: i64 = 1_764_500_000;

/// Which part of the feed to read.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedPosition {
    /// The number of the last event that was read; 0 to read from the beginning.
    #[param(value_type = Option<i64>, minimum = 0, default = 0)]
    after: Option<String>,
    /// The greatest number of events to return, 1 to 1000.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
}

/// A part of the event feed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feed {
    items: Vec<Event>,
    /// The `after` of the next call.
    last_number: i64,
}

/// An event. The document has a schema for each type, made from this one (`openapi::feed`).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Event {
    /// The event's number in the feed. Numbers start at 1 and have no gaps.
    number: i64,
    #[serde(rename = "type")]
    event_type: String,
    /// The message that the event is about.
    #[schema(value_type = Option<uuid::Uuid>)]
    message_id: Option<MessageId>,
    /// The campaign that the event is about.
    #[schema(value_type = Option<uuid::Uuid>)]
    campaign_id: Option<CampaignId>,
    /// The inbound message that the event is about.
    #[schema(value_type = Option<uuid::Uuid>)]
    inbound_message_id: Option<InboundId>,
    /// States, codes and flags, never personal data.
    data: serde_json::Value,
    /// When it happened; Meta's time if Meta reported it.
    occurred_at: DateTime<Utc>,
}

/// Reads the event feed
///
/// Event numbers have no gaps, and events are never inserted before one that was returned, so pass `last_number` as
/// `after` in the next call. `type` says what happened; the contents of `data` depend on it. Later versions may add
/// types, fields and values: ignore those that you do not know.
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

impl Event {
    /// An event of this type, as the feed returns it.
    pub(crate) fn example(event_type: EventType) -> serde_json::Value {
        let event = event_type.example();
        let about = event.about();
        let example = Self {
            number: EXAMPLE_NUMBER,
            event_type: event_type.as_str().to_owned(),
            message_id: about.message_id,
            campaign_id: about.campaign_id,
            inbound_message_id: about.inbound_id,
            data: serde_json::to_value(&event).unwrap_or_default(),
            occurred_at: DateTime::from_timestamp(EXAMPLE_SECONDS, 0).unwrap_or_default(),
        };
        serde_json::to_value(example).unwrap_or_default()
    }
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
