//! A message as a caller asks for it, and the checks that it has to pass.
//!
//! All of them come before the database: country, number and template are remembered for seconds. What is wrong with
//! several fields is told at once.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use common::ids::{MessageId, PhoneNumberId, time_of_uuid};
use common::phone::{E164, Region};
use common::template::{Variables, fill};
use serde::Deserialize;
use storage::BusinessScope;
use storage::batch::accept::NewMessage;
use storage::messages::MessageContent;
use utoipa::ToSchema;

use super::{TemplateRef, variables_problem};
use crate::accept::{
    KnownTemplate, check_connected, check_sendable, find_number, find_template, shape_of,
};
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// The most characters of a reference.
const REFERENCE_LENGTH: usize = 128;

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageToSend {
    /// The `phone_number_id` to send from.
    #[schema(value_type = String, example = "106540352242922")]
    from: PhoneNumberId,
    /// The recipient, in any notation of the business's country.
    #[schema(example = "70 11 22 33")]
    to: String,
    template: TemplateRef,
    /// The template's variables, by the names that `GET /v1/templates` gives.
    #[serde(default)]
    #[schema(example = json!({"1": "Awa", "2": "12 500"}))]
    variables: Variables,
    /// The caller's own, to find the message by.
    #[schema(max_length = 128, example = "ticket 2041")]
    reference: Option<String>,
    /// After this it is not sent any more; 7 days when not given. One-time codes expire after 300 seconds at the latest.
    expires_at: Option<DateTime<Utc>>,
}

/// The message that is to be stored, or all that is wrong with the one that was asked for.
pub(super) async fn check(
    state: &AppState,
    scope: &BusinessScope,
    wanted: MessageToSend,
) -> Result<NewMessage, Problem> {
    let now = state.clock.now();
    let region = state.known.region(scope).await?;
    let reference = check_reference(wanted.reference.as_deref());
    let expiry = check_expiry(wanted.expires_at, now);
    let recipient = read_recipient(&wanted.to, region);
    let filled = fill_template(state, scope, &wanted).await;
    match (reference, expiry, recipient, filled) {
        (Ok(()), Ok(()), Ok(recipient), Ok((template, components))) => {
            let id = MessageId::new(now);
            Ok(NewMessage {
                id,
                phone_number_id: wanted.from,
                template_id: template.template_id.clone(),
                category: template.category.clone(),
                recipient,
                content: MessageContent {
                    template: wanted.template.name,
                    language: wanted.template.language,
                    components,
                },
                reference: wanted.reference,
                expires_at: wanted.expires_at,
                // The id keeps milliseconds, and is what later answers take the time from.
                accepted_at: time_of_uuid(id.as_uuid()).unwrap_or(now),
            })
        }
        (reference, expiry, recipient, filled) => {
            let problems = [reference.err(), expiry.err(), recipient.err(), filled.err()];
            Err(Problem::all(problems.into_iter().flatten()))
        }
    }
}

fn check_reference(reference: Option<&str>) -> Result<(), Problem> {
    let fits = |text: &str| (1..=REFERENCE_LENGTH).contains(&text.chars().count());
    if reference.is_none_or(fits) {
        return Ok(());
    }
    let detail = format!("should have 1 to {REFERENCE_LENGTH} characters");
    Err(Problem::body("/reference", detail))
}

fn check_expiry(expires_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Problem> {
    if expires_at.is_some_and(|at| at <= now) {
        return Err(Problem::body("/expires_at", "is not in the future"));
    }
    Ok(())
}

fn read_recipient(to: &str, region: Region) -> Result<E164, Problem> {
    E164::parse(to, region)
        .map_err(|error| Problem::new(ProblemCode::RecipientInvalid).at("/to", error.to_string()))
}

/// The template, and the `components` of Meta's request that it makes of the variables.
async fn fill_template(
    state: &AppState,
    scope: &BusinessScope,
    wanted: &MessageToSend,
) -> Result<(Arc<KnownTemplate>, serde_json::Value), Problem> {
    let number = find_number(state, scope, &wanted.from).await?;
    check_connected(&number).map_err(|problem| problem.at("/from", "is not connected"))?;
    let TemplateRef { name, language } = &wanted.template;
    let template = find_template(state, scope, &number, (name, language)).await?;
    let shape = shape_of(&template)?;
    check_sendable(&template.status)
        .map_err(|problem| problem.at("/template", "is not approved"))?;
    let components = fill(shape, &wanted.variables).map_err(|error| variables_problem(&error))?;
    Ok((template, components))
}
