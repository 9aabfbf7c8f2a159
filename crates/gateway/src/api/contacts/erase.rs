//! `POST /v1/contacts/erase`
//!
//! A POST with the identifier in its body, because request paths are logged.

use actix_web::{HttpResponse, web};
use common::phone::E164;
use common::recipient::{Bsuid, Recipient};
use serde::{Deserialize, Serialize};
use storage::{contacts, lookup};
use utoipa::ToSchema;

use crate::auth::Principal;
use crate::extract::JsonBody;
use crate::problem::Problem;
use crate::state::AppState;

/// The person to erase: exactly one of the two fields.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactToErase {
    /// A phone number of the person, with the country code.
    #[schema(example = "+22670112233")]
    to: Option<String>,
    /// A business-scoped user id of the person.
    #[schema(
        max_length = 256,
        pattern = r"^[A-Z]{2}\.[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*$",
        example = "BF.13491208655302741918"
    )]
    recipient: Option<String>,
}

/// The result of an erasure.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErasedContact {
    /// Phone numbers and user ids that were linked to the person; 0 when no contact has the identifier.
    identifiers: usize,
    /// Messages of the person whose content was deleted.
    inbound_messages: usize,
}

/// Erases a contact
///
/// All identifiers that are linked to the given one are erased, with all that the person wrote. An opt-out is kept as a
/// keyed hash. Messages that were sent to the person are kept until their retention ends. Erasing again changes
/// nothing.
#[utoipa::path(
    post,
    path = "/v1/contacts/erase",
    request_body = ContactToErase,
    responses((status = 200, description = "What was erased", body = ErasedContact))
)]
pub(crate) async fn erase_contact(
    state: web::Data<AppState>,
    Principal { business, .. }: Principal,
    body: JsonBody<ContactToErase>,
) -> Result<HttpResponse, Problem> {
    let person = person(&body.value)?;
    let keys = business.keys().await?;
    let hashes: Vec<Vec<u8>> = lookup::hashes(&keys, &person)
        .iter()
        .map(|hash| hash.bytes.to_vec())
        .collect();
    let mut transaction = business.begin().await?;
    let erased = contacts::erase(&mut transaction, &business, &hashes, state.now()).await?;
    transaction.commit().await?;
    tracing::info!(
        business.id = %business.business_id(),
        identifiers = erased.identifiers,
        inbound_messages = erased.inbound_messages,
        "a contact was erased"
    );
    Ok(HttpResponse::Ok().json(ErasedContact {
        identifiers: erased.identifiers,
        inbound_messages: erased.inbound_messages,
    }))
}

fn person(asked: &ContactToErase) -> Result<Recipient, Problem> {
    match (&asked.to, &asked.recipient) {
        (Some(number), None) => E164::parse_strict(number)
            .map(Recipient::Phone)
            .map_err(|error| Problem::body("/to", error.to_string())),
        (None, Some(id)) => Bsuid::parse(id)
            .map(Recipient::User)
            .map_err(|error| Problem::body("/recipient", error.to_string())),
        _ => Err(Problem::body(
            "",
            "Nothing was erased. Give exactly one of to and recipient.",
        )),
    }
}
