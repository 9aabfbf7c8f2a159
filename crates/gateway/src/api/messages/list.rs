//! `GET /v1/messages`

use actix_web::HttpResponse;
use actix_web::web::Data;
use common::message::MessageState;
use common::recipient::Recipient;
use serde::Deserialize;
use storage::BusinessScope;
use storage::messages::{self, MessageFilter};

use super::Message;
use super::recipient::read_sought;
use crate::auth::Principal;
use crate::extract::{List, Page, PageParameters, Parameters, PhoneParameter};
use crate::problem::Problem;
use crate::state::AppState;

/// Filters. A message has to match all of them.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// With this reference of yours.
    reference: Option<String>,
    /// Sent to the customer with this number, in any notation of the business's country. Includes messages to other
    /// numbers or user ids of the same customer.
    #[param(value_type = Option<String>, example = "+22670112233")]
    to: Option<PhoneParameter>,
    /// As `to`, but by a business-scoped user id (BSUID) or a number.
    #[param(value_type = Option<String>, example = "BF.13491208655302741918")]
    recipient: Option<PhoneParameter>,
    /// In this state.
    #[param(example = "failed")]
    state: Option<String>,
    /// Of this campaign.
    #[param(value_type = Option<uuid::Uuid>)]
    campaign_id: Option<String>,
}

/// Lists messages, newest first
///
/// A list by state reads 10,000 messages for each page, so a page may have few items, or none, and still have a
/// `next_cursor`: continue until it is null.
#[utoipa::path(
    get,
    path = "/v1/messages",
    params(Wanted, PageParameters),
    responses((status = 200, description = "Messages", body = List<Message>))
)]
pub(crate) async fn list_messages(
    state: Data<AppState>,
    Principal { business, .. }: Principal,
    Parameters(wanted): Parameters<Wanted>,
    page: Page,
) -> Result<HttpResponse, Problem> {
    let mut filter = filter(&state, &business, wanted).await?;
    filter.before = page.after()?;
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    let found = messages::list(&mut transaction, &business, &keys, &filter, page.size()).await?;
    let items: Vec<Message> = found.items.into_iter().map(Message::from).collect();
    Ok(HttpResponse::Ok().json(List::new(items, found.next)))
}

async fn filter(
    state: &AppState,
    scope: &BusinessScope,
    wanted: Wanted,
) -> Result<MessageFilter, Problem> {
    let recipient = sought(state, scope, &wanted).await?;
    let word = wanted.state.map(|word| {
        MessageState::from_word(&word)
            .ok_or_else(|| Problem::query("state", "is not a state of messages"))
    });
    let campaign_id = wanted.campaign_id.map(|text| {
        text.parse()
            .map_err(|_| Problem::query("campaign_id", "should be the id of a campaign"))
    });
    Ok(MessageFilter {
        reference: wanted.reference,
        recipient,
        state: word.transpose()?,
        campaign_id: campaign_id.transpose()?,
        before: None,
    })
}

async fn sought(
    state: &AppState,
    scope: &BusinessScope,
    wanted: &Wanted,
) -> Result<Option<Recipient>, Problem> {
    let (parameter, text) = match (&wanted.to, &wanted.recipient) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            let detail = "cannot be given with to: messages are filtered by one recipient";
            return Err(Problem::query("recipient", detail));
        }
        (Some(text), None) => ("to", text),
        (None, Some(text)) => ("recipient", text),
    };
    let read = read_sought(text.as_str(), state.lookup_cache.region(scope).await?);
    read.map(Some)
        .map_err(|error| Problem::query(parameter, error.to_string()))
}
