//! The request for a message, and its checks.
//!
//! All of them need no query: country, number and template come from the lookup cache. Errors in several fields are
//! returned together. Checks that need a query follow in `reply_context`.

use chrono::{DateTime, Utc};
use common::ids::{MediaId, MessageId, PhoneNumberId, TemplateId, time_of_uuid};
use common::recipient::Recipient;
use common::template::{Category, Variables, compose};
use serde::Deserialize;
use storage::BusinessScope;
use storage::messages::{MessageContent, TemplateContent};
use storage::phone_numbers::PhoneNumber;
use utoipa::ToSchema;
use uuid::Uuid;
use worker_storage::accept::NewMessage;

use super::content::{
    Content, DocumentToSend, GivenContent, ImageOrVideo, InteractiveToSend, LocationToSend,
    TextToSend,
};
use super::recipient::{NamedRecipient, read_recipient};
use super::{TemplateRef, variables_problem};
use crate::accept::{
    check_connected, check_life, check_sendable, find_media, find_number, find_sent, find_template,
    shape_of, with_filenames,
};
use crate::extract::text_id;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// The greatest length of a reference, in characters.
const REFERENCE_LENGTH: usize = 128;

/// Meta's error code for a message that cannot be sent to a user id.
const NEEDS_NUMBER: i32 = 131_062;

/// A message to send: exactly one of `to` and `recipient`, and exactly one of `template`, `text`, `location`,
/// `interactive`, `document`, `image` and `video`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageToSend {
    /// The `phone_number_id` to send from.
    #[schema(value_type = String, pattern = "^[0-9]{1,32}$", example = "106540352242922")]
    #[serde(deserialize_with = "text_id")]
    from: PhoneNumberId,
    /// The recipient's number, in any notation of the business's country. A number of no numbering plan is accepted if
    /// a customer of the business has it at WhatsApp.
    #[schema(example = "70 11 22 33")]
    to: Option<String>,
    /// The business-scoped user id (BSUID) of a recipient without a number, as in `from_user_id` of an inbound message.
    /// One-time codes need a number.
    #[schema(
        max_length = 256,
        pattern = r"^[A-Z]{2}\.[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*$",
        example = "BF.13491208655302741918"
    )]
    recipient: Option<String>,
    template: Option<TemplateRef>,
    /// The template's variables, named as in `variables` and `optional_variables` of `GET /v1/templates`. A media header
    /// takes the id of a file that `POST /v1/media` returned, as `header.document`, `header.image` or `header.video`;
    /// the cards of a carousel take theirs as `card.0.header.image` and so on. With a document, `header.filename` may
    /// replace the file name that the recipient sees. `offer.expires_at` is a time (RFC 3339); the message is not sent
    /// after it. `header.latitude` and `header.longitude` are degrees. `button.0.flow_data` is a JSON object as text.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"1": "Awa", "2": "12 500"}))]
    variables: Option<Variables>,
    text: Option<TextToSend>,
    location: Option<LocationToSend>,
    interactive: Option<InteractiveToSend>,
    document: Option<DocumentToSend>,
    image: Option<ImageOrVideo>,
    video: Option<ImageOrVideo>,
    /// The id of the message to reply to, which the recipient sees quoted: one of the recipient's to the same number
    /// (`inbound_message_id` of an event), or an earlier one of yours to the recipient.
    reply_to: Option<Uuid>,
    /// Your own reference, to find the message by.
    #[schema(min_length = 1, max_length = 128, example = "ticket 2041")]
    reference: Option<String>,
    /// The message is not sent after this time; by default 7 days from now. One-time codes expire after 300 seconds at
    /// the latest, messages without a template after 24 hours.
    expires_at: Option<DateTime<Utc>>,
}

/// A message whose fields passed the checks.
pub(super) struct Checked {
    pub(super) message: NewMessage,
    pub(super) reply_to: Option<Uuid>,
    /// Why its recipient is refused, unless a customer of the business is stored under that number.
    pub(super) unlisted: Option<Problem>,
}

/// The content of a message, and its category.
struct ResolvedContent {
    template_id: Option<TemplateId>,
    category: Category,
    content: MessageContent,
    media_ids: Vec<MediaId>,
    /// When its limited-time offer ends.
    offer_ends_at: Option<DateTime<Utc>>,
}

/// The checked message, or all problems of the request.
pub(super) async fn check(
    state: &AppState,
    scope: &BusinessScope,
    wanted: MessageToSend,
) -> Result<Checked, Problem> {
    let now = state.clock.now();
    let region = state.lookup_cache.region(scope).await?;
    let reference = check_reference(wanted.reference.as_deref());
    let expiry = check_expiry(wanted.expires_at, now);
    let recipient = read_recipient(wanted.to.as_deref(), wanted.recipient.as_deref(), region);
    let given = GivenContent {
        template: wanted.template,
        variables: wanted.variables,
        text: wanted.text,
        location: wanted.location,
        interactive: wanted.interactive,
        document: wanted.document,
        image: wanted.image,
        video: wanted.video,
    };
    let sender = (&wanted.from, wanted.expires_at);
    let said = resolve_content(state, scope, sender, given).await;
    match (reference, expiry, recipient, said) {
        (Ok(()), Ok(()), Ok(named), Ok(said)) => {
            let NamedRecipient {
                recipient,
                unlisted,
            } = named;
            check_reach(&recipient, &said.category)?;
            let id = MessageId::new(now);
            let message = NewMessage {
                id,
                phone_number_id: wanted.from,
                template_id: said.template_id,
                category: said.category,
                recipient,
                content: said.content,
                media_ids: said.media_ids,
                reference: wanted.reference,
                expires_at: wanted.expires_at,
                offer_ends_at: said.offer_ends_at,
                // The id has millisecond precision, and later responses take the time from it.
                accepted_at: time_of_uuid(id.as_uuid()).unwrap_or(now),
            };
            Ok(Checked {
                message,
                reply_to: wanted.reply_to,
                unlisted,
            })
        }
        (reference, expiry, recipient, said) => {
            let problems = [reference.err(), expiry.err(), recipient.err(), said.err()];
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

/// Meta sends one-time codes only to numbers.
fn check_reach(recipient: &Recipient, category: &Category) -> Result<(), Problem> {
    match (recipient, category) {
        (Recipient::User(_), Category::Authentication) => {
            let reason = cloud_api::explain(NEEDS_NUMBER);
            let detail = format!("{reason} (Meta's code {NEEDS_NUMBER})");
            Err(Problem::new(ProblemCode::RecipientInvalid).at("/recipient", detail))
        }
        _ => Ok(()),
    }
}

/// Resolves the content, for a number that may send it and until the message expires.
async fn resolve_content(
    state: &AppState,
    scope: &BusinessScope,
    (from, expires_at): (&PhoneNumberId, Option<DateTime<Utc>>),
    given: GivenContent,
) -> Result<ResolvedContent, Problem> {
    let content = given.read();
    let number = find_number(state, scope, from).await?;
    check_connected(&number).map_err(|problem| problem.at("/from", "is not connected"))?;
    match content? {
        Content::Template(template, variables) => {
            compose_message(state, scope, &number, (template, &variables), expires_at).await
        }
        Content::FreeForm(content) => {
            let media = find_sent(state, scope, &content).await?;
            let filename = media.as_ref().and_then(|media| media.filename.as_deref());
            Ok(ResolvedContent {
                template_id: None,
                category: Category::Service,
                content: content.named(filename).into(),
                media_ids: media.iter().map(|media| media.id).collect(),
                offer_ends_at: None,
            })
        }
    }
}

/// The template, with the `components` of Meta's request for these variables, and the files among them.
async fn compose_message(
    state: &AppState,
    scope: &BusinessScope,
    number: &PhoneNumber,
    (wanted, variables): (TemplateRef, &Variables),
    expires_at: Option<DateTime<Utc>>,
) -> Result<ResolvedContent, Problem> {
    let TemplateRef { name, language } = wanted;
    let template = find_template(state, scope, number, (&name, &language)).await?;
    let shape = shape_of(&template)?;
    check_sendable(&template.status)
        .map_err(|problem| problem.at("/template", "is not approved"))?;
    let media = find_media(state, scope, shape, variables).await?;
    check_life(&media, expires_at)?;
    let variables = with_filenames(variables, &media);
    let composed =
        compose(shape, &variables, state.clock.now()).map_err(|error| variables_problem(&error))?;
    let content = TemplateContent {
        template: name,
        language,
        components: composed.components,
    };
    Ok(ResolvedContent {
        template_id: Some(template.template_id.clone()),
        category: template.category.clone(),
        content: content.into(),
        media_ids: composed.media_ids,
        offer_ends_at: composed.offer_ends_at,
    })
}
