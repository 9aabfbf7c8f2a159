//! `GET /v1/messages/{message_id}/timeline`

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use common::ids::MessageId;
use serde::Serialize;
use serde_json::Value;
use storage::messages::{self, TimelineItem, TimelineKind};
use utoipa::ToSchema;

use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// The history of a message, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Timeline {
    items: Vec<Moment>,
}

/// An entry of the timeline.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Moment {
    /// The message was accepted.
    Accepted {
        /// When it was accepted.
        at: Option<DateTime<Utc>>,
    },
    /// An attempt to send it to Meta ended.
    Attempt {
        /// When the attempt ended.
        at: DateTime<Utc>,
        /// The number of the attempt, from 1.
        attempt: i16,
        /// `submitted`, `rejected`, `not_accepted`, `number_stopped`, `template_stopped`, `doubt` or `given_back`.
        outcome: &'static str,
        /// The HTTP status of Meta's response, if there was one.
        http_status: Option<i16>,
        /// Meta's error code, if given.
        error_code: Option<i32>,
        /// What the code means, for a shop owner.
        explanation: Option<&'static str>,
    },
    /// An event of the feed.
    Event {
        /// When it happened; Meta's time if Meta reported it.
        at: DateTime<Utc>,
        /// The type of the event.
        #[schema(example = "message.delivered")]
        r#type: String,
        /// As in the event feed.
        data: Value,
    },
}

/// Returns the history of a message, oldest first
#[utoipa::path(
    get,
    path = "/v1/messages/{message_id}/timeline",
    params(("message_id" = uuid::Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The history of the message", body = Timeline))
)]
pub(crate) async fn get_message_timeline(
    Principal { business, .. }: Principal,
    PathId(message_id): PathId<MessageId>,
) -> Result<HttpResponse, Problem> {
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    let message = messages::find(&mut transaction, &business, &keys, message_id).await?;
    let told = messages::timeline(&mut transaction, &business, message_id).await?;
    let mut items = vec![Moment::Accepted {
        at: message.accepted_at(),
    }];
    items.extend(told.into_iter().map(Moment::from));
    Ok(HttpResponse::Ok().json(Timeline { items }))
}

impl From<TimelineItem> for Moment {
    fn from(TimelineItem { at, kind }: TimelineItem) -> Self {
        match kind {
            TimelineKind::Attempt {
                number,
                outcome,
                http_status,
                error_code,
            } => Self::Attempt {
                at,
                attempt: number,
                outcome: outcome.as_str(),
                http_status,
                error_code,
                explanation: error_code.map(cloud_api::explain),
            },
            TimelineKind::Event { name, data } => Self::Event {
                at,
                r#type: name,
                data,
            },
        }
    }
}
