//! Accepting a message: the ledger first, then its statuses, then the answer.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::recipient::{Address, Recipient};
use super::report;
use crate::clock::now_ms;
use crate::fault::{Fault, Step};
use crate::graph::error::GraphError;
use crate::graph::fault_response;
use crate::ledger::{Acceptance, Entered};
use crate::state::State;
use crate::state::account::Template;
use crate::state::accounts::StoredNumber;
use crate::webhook::event::ReportedMessage;

const EARLY_WAIT: Duration = Duration::from_secs(2);

/// A message that passed every check.
pub(crate) struct Checked<'a> {
    pub(crate) number: &'a Arc<StoredNumber>,
    pub(crate) recipient: Recipient,
    pub(crate) opaque: Option<&'a str>,
    pub(crate) kind: &'a str,
    /// The category under which the price is reported.
    pub(crate) category: String,
    pub(crate) template: Option<&'a Template>,
    pub(crate) window_is_open: bool,
    /// The code of a limit that accepts the message and fails it afterwards.
    pub(crate) fails_with: Option<i64>,
    pub(crate) body: &'a [u8],
}

#[derive(Serialize)]
struct Answer<'a> {
    messaging_product: &'static str,
    contacts: [AnswerContact<'a>; 1],
    messages: [AnswerMessage<'a>; 1],
}

#[derive(Serialize)]
struct AnswerContact<'a> {
    input: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    wa_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
}

#[derive(Serialize)]
struct AnswerMessage<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_status: Option<&'static str>,
}

/// Adds the message to the ledger, schedules its statuses and returns the answer's body.
pub(crate) async fn accept(
    state: &State,
    message: &Checked<'_>,
    fault: Option<&Fault>,
) -> Result<Vec<u8>, GraphError> {
    let reported = Arc::new(reported(state, message));
    let entered = enter(state, message, &reported, fault)?;
    state.stats.accepted();
    let held = is_held(state, message, entered, fault);
    if !held {
        schedule_statuses(state, message, &reported, entered, fault).await;
    }
    let answer = Answer {
        messaging_product: "whatsapp",
        contacts: [contact(&message.recipient)],
        messages: [AnswerMessage {
            id: &reported.wamid,
            message_status: status(message, held || is_scripted(fault)),
        }],
    };
    serde_json::to_vec(&answer).map_err(|_| GraphError::of(131_000))
}

/// The answer names the person in the same way as the request.
fn contact(recipient: &Recipient) -> AnswerContact<'_> {
    let (wa_id, user_id) = match recipient.address {
        Address::Phone => (recipient.person.wa_id.as_deref(), None),
        Address::UserId => (None, Some(recipient.person.user_id.as_str())),
    };
    AnswerContact {
        input: &recipient.input,
        wa_id,
        user_id,
    }
}

fn reported(state: &State, message: &Checked<'_>) -> ReportedMessage {
    let recipient = &message.recipient;
    let number = &message.number.facts.id;
    ReportedMessage {
        number: Arc::clone(message.number),
        wamid: state.wamids.outbound(match recipient.address {
            Address::Phone => recipient.person.number_or_user_id(),
            Address::UserId => recipient.client(),
        }),
        phone_is_shown: state
            .conversations
            .phone_is_shown(number, recipient.client(), now_ms()),
        address: recipient.address,
        person: recipient.person.clone(),
        opaque: message.opaque.map(Arc::from),
        category: message.category.clone(),
        window_is_open: message.window_is_open,
    }
}

fn enter(
    state: &State,
    message: &Checked<'_>,
    reported: &ReportedMessage,
    fault: Option<&Fault>,
) -> Result<Entered, GraphError> {
    let keep = state.config.keep_bodies;
    let body = keep.then(|| in_one_line(message.body)).flatten();
    let acceptance = Acceptance {
        opaque: message.opaque,
        phone_number_id: &message.number.facts.id,
        input: &message.recipient.input,
        wa_id: contact(&message.recipient).wa_id,
        user_id: reported.client(),
        wamid: &reported.wamid,
        kind: message.kind,
        template: message.template.map(|template| template.name.as_str()),
        category: &reported.category,
        answered: fault_response::answered(fault),
        body: body.as_deref(),
    };
    state.ledger.enter(&acceptance).map_err(|error| {
        tracing::error!(%error, "an accepted message could not be added to the ledger");
        GraphError::of(131_016)
    })
}

/// The ledger has one line per entry. JSON strings contain no line breaks.
fn in_one_line(body: &[u8]) -> Option<Box<RawValue>> {
    let line = String::from_utf8_lossy(body).replace(['\n', '\r'], " ");
    RawValue::from_string(line).ok()
}

/// Whether the template's pacing holds the message; scripts and limits take precedence.
fn is_held(state: &State, message: &Checked<'_>, entered: Entered, fault: Option<&Fault>) -> bool {
    let decided = fault.is_some() || message.fails_with.is_some();
    let holds = |template: &Template| state.pacing.holds(&template.id, entered.sequence);
    !decided && message.template.is_some_and(holds)
}

/// Schedules the statuses, and waits for one that is posted before the answer.
async fn schedule_statuses(
    state: &State,
    message: &Checked<'_>,
    reported: &Arc<ReportedMessage>,
    entered: Entered,
    fault: Option<&Fault>,
) {
    let steps = match (fault, message.fails_with) {
        (Some(Fault::Statuses { steps } | Fault::HeldForQuality { steps }), _) => {
            Some(steps.clone())
        }
        (_, Some(code)) => Some(vec![Step::Failed(code)]),
        _ => report::prescribed(state, reported),
    };
    let first_attempt = report::deliver(state, reported, entered, steps.as_deref());
    if let Some(first_attempt) = first_attempt {
        // A receiver that does not answer delays the answer no longer than this.
        let _ = tokio::time::timeout(EARLY_WAIT, first_attempt).await;
    }
}

fn is_scripted(fault: Option<&Fault>) -> bool {
    matches!(fault, Some(Fault::HeldForQuality { .. }))
}

/// Only template sends have one.
fn status(message: &Checked<'_>, held: bool) -> Option<&'static str> {
    message.template.map(|_| match held {
        true => "held_for_quality_assessment",
        false => "accepted",
    })
}
