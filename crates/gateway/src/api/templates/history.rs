//! `GET /v1/templates/{template_id}/history`

use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use common::ids::TemplateId;
use serde::Serialize;
use serde_json::Value;
use storage::events::{self, Event};
use storage::template_publications::{self, PublicationFilter};
use storage::templates;
use utoipa::ToSchema;

use super::author::Authors;
use super::publications::Publication;
use crate::auth::Principal;
use crate::extract::PathId;
use crate::problem::Problem;

/// How many publications, and how many events, are shown at most.
const MOST: i64 = 200;

/// The history of a template, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateHistory)]
pub(crate) struct History {
    items: Vec<Moment>,
}

/// An entry of the history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateMoment)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Moment {
    /// Something was asked of Meta.
    Publication {
        /// When it was asked for.
        at: DateTime<Utc>,
        publication: Box<Publication>,
    },
    /// An event of the feed.
    Event {
        /// When it happened.
        at: DateTime<Utc>,
        /// The type of the event.
        #[schema(example = "template.status_changed")]
        r#type: String,
        /// As in the event feed.
        data: Value,
    },
}

impl Moment {
    const fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Publication { at, .. } | Self::Event { at, .. } => *at,
        }
    }
}

/// Returns the history of a template, newest first
///
/// What was asked of Meta for it, and the events about it: the newest 200 of each.
#[utoipa::path(
    get,
    path = "/v1/templates/{template_id}/history",
    params(("template_id" = String, Path)),
    responses((status = 200, description = "The history", body = History))
)]
pub(crate) async fn get_template_history(
    Principal { business, .. }: Principal,
    PathId(template_id): PathId<TemplateId>,
) -> Result<HttpResponse, Problem> {
    let mut transaction = business.begin().await?;
    templates::find(&mut transaction, &business, &template_id).await?;
    let events = events::of_template(&mut transaction, &business, &template_id, MOST).await?;
    let filter = PublicationFilter {
        template_id: Some(template_id),
        ..PublicationFilter::default()
    };
    let asked = template_publications::list(&mut transaction, &business, &filter, MOST).await?;
    drop(transaction);
    let authors = Authors::read(&business, asked.iter().map(|it| it.requested_by)).await?;
    let publications = asked.into_iter().map(|publication| Moment::Publication {
        at: publication.requested_at,
        publication: Box::new(Publication::new(publication, &authors)),
    });
    let mut items: Vec<Moment> = publications
        .chain(events.into_iter().map(Moment::from))
        .collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.at()));
    Ok(HttpResponse::Ok().json(History { items }))
}

impl From<Event> for Moment {
    fn from(event: Event) -> Self {
        Self::Event {
            at: event.occurred_at,
            r#type: event.event_type,
            data: event.data,
        }
    }
}
