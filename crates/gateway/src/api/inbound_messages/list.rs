//! `GET /v1/inbound-messages`

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use common::phone::E164;
use serde::Deserialize;
use storage::BusinessScope;
use storage::inbound_messages::{self, InboundFilter, SenderFilter};

use super::InboundMessage;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters, Parameters, PhoneParameter};
use crate::problem::Problem;
use crate::state::AppState;

/// Filters. A message has to match all of them.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Sent to this number of the business.
    #[param(pattern = "^[0-9]{1,32}$", example = "106540352242922")]
    phone_number_id: Option<String>,
    /// Sent by this number or `from_user_id`. Numbers are in any notation of the business's country, or as `from` shows
    /// them.
    #[param(value_type = Option<String>, example = "+22670112233")]
    from: Option<PhoneParameter>,
    /// Received at this time or later.
    #[param(value_type = Option<DateTime<Utc>>)]
    received_since: Option<String>,
    /// Received before this time.
    #[param(value_type = Option<DateTime<Utc>>)]
    received_until: Option<String>,
}

/// Lists messages of customers, newest first
#[utoipa::path(
    get,
    path = "/v1/inbound-messages",
    params(Wanted, PageParameters),
    responses((status = 200, description = "Messages", body = List<InboundMessage>))
)]
pub(crate) async fn list_inbound_messages(
    state: Data<AppState>,
    Principal { business, .. }: Principal,
    Parameters(wanted): Parameters<Wanted>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let mut filter = filter(&state, &business, wanted).await?;
    filter.before = page.after()?;
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    let rows =
        inbound_messages::list(&mut transaction, &business, &keys, &filter, page.rows()).await?;
    Ok(HttpResponse::Ok().json(page.list(rows, |message| message.id, InboundMessage::from)))
}

async fn filter(
    state: &AppState,
    scope: &BusinessScope,
    wanted: Wanted,
) -> Result<InboundFilter, Problem> {
    let number = wanted.phone_number_id.map(|text| text.parse()).transpose();
    let sender = match wanted.from {
        Some(given) => Some(sender(state, scope, &given).await?),
        None => None,
    };
    Ok(InboundFilter {
        phone_number_id: number
            .map_err(|_| Problem::query("phone_number_id", "should be an id of Meta: digits"))?,
        sender,
        received_since: time("received_since", wanted.received_since)?,
        received_until: time("received_until", wanted.received_until)?,
        before: None,
    })
}

/// The identifiers under which a sender may be stored. Meta writes numbers as digits with the country code, whatever
/// the country of the business, and may use numbers that are in no numbering plan.
async fn sender(
    state: &AppState,
    scope: &BusinessScope,
    given: &PhoneParameter,
) -> Result<SenderFilter, Problem> {
    let text = given.as_str();
    let as_written = E164::parse(text, state.lookup_cache.region(scope).await?).ok();
    let digits = text.strip_prefix('+').unwrap_or(text);
    let as_meta_writes = E164::parse_strict(&format!("+{digits}")).ok();
    Ok(SenderFilter {
        numbers: as_written.into_iter().chain(as_meta_writes).collect(),
        id: digits.to_owned(),
    })
}

fn time(name: &str, given: Option<String>) -> Result<Option<DateTime<Utc>>, Problem> {
    let read = given.map(|text| DateTime::parse_from_rfc3339(&text).map(|at| at.to_utc()));
    read.transpose().map_err(|_| {
        Problem::query(
            name,
            "should be a time such as 2026-11-30T08:00:00Z (RFC 3339)",
        )
    })
}
