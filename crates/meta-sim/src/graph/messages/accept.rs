//! Accepting a message: the ledger first, then the statuses that will follow, then the answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::recipient::Recipient;
use crate::choices::Choices;
use crate::clock::now_ms;
use crate::fault::{Fault, Step};
use crate::graph::error::GraphError;
use crate::graph::meet;
use crate::ledger::{Acceptance, Entered, LedgerEntry};
use crate::state::State;
use crate::state::world::StoredNumber;
use crate::webhook::event::{ReportedMessage, StatusEvent};
use crate::webhook::plan::{self, Arrival, Plan};
use crate::webhook::schedule::{Item, after};

const EARLY_WAIT: Duration = Duration::from_secs(2);

/// A message that passed every check.
pub(crate) struct Checked<'a> {
    pub(crate) number: &'a Arc<StoredNumber>,
    pub(crate) recipient: Recipient,
    pub(crate) opaque: Option<&'a str>,
    pub(crate) kind: &'a str,
    /// Name and category of a template.
    pub(crate) template: Option<(&'a str, &'a str)>,
    pub(crate) window_is_open: bool,
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
    user_id: &'a str,
}

#[derive(Serialize)]
struct AnswerMessage<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_status: Option<&'static str>,
}

/// Enters the message into the ledger, schedules its statuses and gives the answer's body.
pub(crate) async fn accept(
    state: &State,
    message: &Checked<'_>,
    fault: Option<&Fault>,
) -> Result<Vec<u8>, GraphError> {
    let reported = Arc::new(reported(state, message));
    let entered = enter(state, message, &reported, fault)?;
    state.stats.accepted();
    let steps = steps(state, message, fault);
    if let Some(first_attempt) = report(state, &reported, entered, steps.as_deref()) {
        // A receiver that does not answer holds the answer up no longer than this.
        let _ = tokio::time::timeout(EARLY_WAIT, first_attempt).await;
    }
    let answer = Answer {
        messaging_product: "whatsapp",
        contacts: [AnswerContact {
            input: &message.recipient.input,
            wa_id: reported.wa_id.as_deref(),
            user_id: &reported.user_id,
        }],
        messages: [AnswerMessage {
            id: &reported.wamid,
            message_status: status(message, fault),
        }],
    };
    serde_json::to_vec(&answer).map_err(|_| GraphError::of(131_000))
}

/// Schedules the usual statuses of a message again, as they were planned the first time.
pub(crate) fn report_again(state: &State, entry: &LedgerEntry) -> bool {
    let Some(number) = state.world().numbers.get(&entry.phone_number_id).cloned() else {
        return false;
    };
    let reported = Arc::new(ReportedMessage {
        number,
        wamid: entry.wamid.clone(),
        wa_id: entry.wa_id.clone(),
        user_id: entry.user_id.clone(),
        opaque: entry.biz_opaque_callback_data.as_deref().map(Arc::from),
        category: entry.category.clone(),
        window_is_open: false,
    });
    let entered = Entered {
        sequence: entry.sequence,
        repetition: entry.repetition,
    };
    // Nobody waits for an early status when there is no answer to give.
    drop(report(state, &reported, entered, None));
    state.is_heard(&reported.number.waba_id)
}

fn reported(state: &State, message: &Checked<'_>) -> ReportedMessage {
    let recipient = &message.recipient;
    ReportedMessage {
        number: Arc::clone(message.number),
        wamid: state.wamids.outbound(recipient.key()),
        wa_id: recipient.wa_id.clone(),
        user_id: recipient.user_id.clone(),
        opaque: message.opaque.map(Arc::from),
        category: message.template.map_or_else(
            || "service".to_owned(),
            |(_, category)| category.to_ascii_lowercase(),
        ),
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
    let body = keep.then(|| serde_json::from_slice::<&RawValue>(message.body));
    let acceptance = Acceptance {
        opaque: message.opaque,
        phone_number_id: &message.number.facts.id,
        input: &message.recipient.input,
        wa_id: reported.wa_id.as_deref(),
        user_id: &reported.user_id,
        wamid: &reported.wamid,
        kind: message.kind,
        template: message.template.map(|(name, _)| name),
        category: &reported.category,
        answered: meet::answered(fault),
        body: body.and_then(Result::ok),
    };
    state.ledger.enter(&acceptance).map_err(|error| {
        tracing::error!(%error, "an accepted message could not be entered into the ledger");
        GraphError::of(131_016)
    })
}

/// The statuses that a fault or an earlier stop of marketing prescribes.
fn steps(state: &State, message: &Checked<'_>, fault: Option<&Fault>) -> Option<Vec<Step>> {
    if let Some(Fault::Statuses { steps } | Fault::HeldForQuality { steps }) = fault {
        return Some(steps.clone());
    }
    let marketing = message
        .template
        .is_some_and(|(_, category)| category == "MARKETING");
    let stopped = marketing
        && state
            .relations
            .marketing_is_stopped(&message.number.facts.id, message.recipient.key());
    stopped.then(|| vec![Step::Failed(131_050)])
}

fn status(message: &Checked<'_>, fault: Option<&Fault>) -> Option<&'static str> {
    message.template.map(|_| match fault {
        Some(Fault::HeldForQuality { .. }) => "held_for_quality_assessment",
        _ => "accepted",
    })
}

/// Schedules a message's statuses; gives what the caller waits for when `sent` goes out early.
fn report(
    state: &State,
    message: &Arc<ReportedMessage>,
    entered: Entered,
    steps: Option<&[Step]>,
) -> Option<oneshot::Receiver<()>> {
    if !state.is_heard(&message.number.waba_id) {
        return None;
    }
    let key = match message.opaque.as_deref() {
        Some(opaque) => format!("{opaque} {}", entered.repetition),
        None => format!("{} {}", message.number.facts.id, entered.sequence),
    };
    let mut choices = Choices::new(state.config.seed, &key);
    let plan = plan::plan(&state.behaviour(), &mut choices, steps);
    let foreign = plan.foreign_ms.is_some();
    state
        .stats
        .planned(plan.doubled, plan.reordered, plan.early, foreign);
    schedule(state, message, &plan, &mut choices)
}

fn schedule(
    state: &State,
    message: &Arc<ReportedMessage>,
    plan: &Plan,
    choices: &mut Choices,
) -> Option<oneshot::Receiver<()>> {
    let (start, start_ms) = (Instant::now(), now_ms());
    let event = |arrival: &Arrival| StatusEvent {
        message: Arc::clone(message),
        step: arrival.step,
        happened_at_ms: start_ms + i64::try_from(arrival.happens_ms).unwrap_or_default(),
        priced: arrival.priced,
    };
    let mut first_attempt = None;
    for (place, arrival) in plan.arrivals.iter().enumerate() {
        if plan.early && place == 0 {
            let (told, tells) = oneshot::channel();
            let at_once = Arrival {
                happens_ms: 0,
                ..*arrival
            };
            state
                .schedule
                .add(start, Item::Status(event(&at_once), Some(told)));
            first_attempt = Some(tells);
        } else {
            let due = after(start, arrival.arrives_ms);
            state.schedule.add(due, Item::Status(event(arrival), None));
        }
    }
    if let Some(delay) = plan.foreign_ms {
        let message = Arc::new(foreign(state, &message.number, choices));
        let event = StatusEvent {
            message,
            step: Step::Sent,
            happened_at_ms: start_ms,
            priced: true,
        };
        state
            .schedule
            .add(after(start, delay), Item::Status(event, None));
    }
    first_attempt
}

/// A message that the Business app or another app sent: without our id, or with one of its own.
fn foreign(state: &State, number: &Arc<StoredNumber>, choices: &mut Choices) -> ReportedMessage {
    let country = &number.facts.country_code;
    let wa_id = format!("{country}{}", choices.between(50_000_000, 59_999_999));
    let opaque = choices
        .share(0.5)
        .then(|| Arc::from(format!("foreign-{:016x}", choices.bits())));
    ReportedMessage {
        number: Arc::clone(number),
        wamid: state.wamids.outbound(&wa_id),
        user_id: crate::bsuid::of_phone(&number.waba_id, &wa_id),
        wa_id: Some(wa_id),
        opaque,
        category: "utility".to_owned(),
        window_is_open: false,
    }
}
